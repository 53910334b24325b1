import { expect, test } from "vitest";
import { Gone, Problem } from "../shared/api";
import type { Done, Edit } from "./drafts";
import { Outbox, type Decision, type Ends, type Pending } from "./outbox";

class Kept implements Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length"> {
  private readonly rows = new Map<string, string>();
  get length(): number {
    return this.rows.size;
  }
  key = (row: number): string | null => [...this.rows.keys()][row] ?? null;
  getItem = (key: string): string | null => this.rows.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.rows.set(key, value);
  removeItem = (key: string): void => void this.rows.delete(key);
}

/** A service that stores each operation, and may lose its answer or refuse. */
function service() {
  const stored: Done[] = [];
  const fails: ("lost" | "gone" | Problem)[] = [];
  const asked: Problem[] = [];
  let decision: Decision = { kind: "drop" };
  const ends: Ends = {
    version: () => stored.length,
    send: async (pending: Pending, seen: number): Promise<Edit> => {
      const fail = fails.shift();
      if (fail === "gone") throw new Gone("gone");
      if (fail instanceof Problem) throw fail;
      const { kind = pending.path, ...rest } = pending.body as Record<string, unknown>;
      const done = { number: stored.length + 1, kind: String(kind), actor: pending.actor, of: null, seen };
      stored.push({ ...done, operation: { kind, ...rest }, items: [] });
      if (fail === "lost") throw new Gone("the answer is lost");
      return { version: stored.length } as Edit;
    },
    operations: async (after) => stored.slice(after),
    stored: async () => undefined,
    reload: async () => undefined,
    refused: async (problem) => {
      asked.push(problem);
      return decision;
    },
    gone: () => undefined,
    changed: () => undefined,
  };
  return { stored, fails, asked, ends, decide: (next: Decision) => (decision = next) };
}

const paint = (block: string) => ({ kind: "paint", blocks: [block], grid: "G1" });
const idle = () => new Promise((ready) => setTimeout(ready, 0));

test("what is stored leaves the outbox and the store", async () => {
  const { ends, stored } = service();
  const kept = new Kept();
  const outbox = new Outbox(1, kept, ends);
  outbox.add("operations", paint("K1"), "ann");
  outbox.add("undo", {}, "ann");
  await idle();
  expect(stored.map((done) => done.kind)).toEqual(["paint", "undo"]);
  expect([outbox.waiting.length, kept.length]).toEqual([0, 0]);
});

test("after a crash what waits is sent by the next page, and only what was not stored", async () => {
  const { ends, stored, fails } = service();
  const kept = new Kept();
  fails.push("lost");
  const crashed = new Outbox(1, kept, ends);
  crashed.add("operations", paint("K1"), "ann");
  await idle();
  crashed.paused = true; // the page is gone before the second is sent
  crashed.add("operations", paint("K2"), "ann");
  expect([stored.length, kept.length]).toEqual([1, 2]);
  await new Outbox(1, kept, ends).flush();
  expect(stored.map((done) => (done.operation["blocks"] as string[])[0])).toEqual(["K1", "K2"]);
  expect(kept.length).toBe(0);
});

test("what waits for one draft is not sent to another", () => {
  const { ends, fails } = service();
  const kept = new Kept();
  fails.push("gone");
  new Outbox(1, kept, ends).add("operations", paint("K1"), "ann");
  expect(new Outbox(12, kept, ends).waiting).toEqual([]);
});

test("what is refused stays until the planner decides", async () => {
  const { ends, stored, fails, asked, decide } = service();
  const overlap = new Problem(409, "overlap", "", "");
  fails.push(overlap);
  decide({ kind: "later" });
  const outbox = new Outbox(1, new Kept(), ends);
  outbox.add("operations", paint("K1"), "ann");
  await idle();
  expect([outbox.waiting.length, outbox.paused, stored.length]).toEqual([1, true, 0]);
  fails.push(overlap);
  decide({ kind: "again", body: { ...paint("K1"), allow: ["broken"] } });
  await outbox.flush();
  expect(asked.length).toBe(2);
  expect(stored[0]!.operation["allow"]).toEqual(["broken"]);
});
