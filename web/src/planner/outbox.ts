/** What was done but is not yet stored: kept through a crash, sent in order, each stored once. */

import { Gone, Problem } from "../shared/api";
import type { Done, Edit, Operation } from "./drafts";

export interface Pending {
  id: string;
  /** operations, undo, redo, or balance/JOB/apply. */
  path: string;
  body: Operation | Record<string, unknown>;
  actor: string;
  /** The version its author looked at; null until it is sent for the first time. */
  seen: number | null;
}

/** What becomes of something the service refused. */
export type Decision = { kind: "drop" } | { kind: "again"; body: Pending["body"] } | { kind: "later" };

export interface Ends {
  version: () => number;
  send: (pending: Pending, seen: number) => Promise<Edit>;
  operations: (after: number) => Promise<Done[]>;
  stored: (edit: Edit) => Promise<void>;
  /** It had been stored before, or the draft was changed: look at all of it again. */
  reload: () => Promise<void>;
  refused: (problem: Problem, pending: Pending) => Promise<Decision>;
  gone: () => void;
  changed: () => void;
}

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** Whether a stored operation is the one that was sent. */
export function same(done: Done, pending: Pending): boolean {
  const kind = pending.path === "operations" ? pending.body["kind"] : pending.path.split("/")[0];
  if (done.actor !== pending.actor || done.kind !== kind || done.seen !== pending.seen) return false;
  if (pending.path !== "operations") return true;
  return Object.entries(pending.body).every(
    ([name, value]) => name === "allow" || JSON.stringify(done.operation[name]) === JSON.stringify(value),
  );
}

export class Outbox {
  readonly waiting: Pending[] = [];
  /** The planner wants to decide later about the first that waits. */
  paused = false;
  private busy = false;
  private made = 0;
  private readonly prefix: string;

  constructor(
    draft: number,
    private readonly store: Store | null,
    private readonly ends: Ends,
  ) {
    this.prefix = `jingwei.plan.${draft}.`;
    this.waiting = this.kept();
  }

  add(path: Pending["path"], body: Pending["body"], actor: string): void {
    const id = `${Date.now().toString(36)}-${String(this.made++).padStart(4, "0")}`;
    this.waiting.push({ id, path, body, actor, seen: null });
    this.keep(this.waiting.at(-1)!);
    this.ends.changed();
    if (!this.paused) void this.flush();
  }

  /** Send what waits, one after another, until all is stored or something stands in the way. */
  async flush(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.paused = false;
    try {
      while (this.waiting.length && (await this.sendFirst(this.waiting[0]!)));
    } finally {
      this.busy = false;
      this.ends.changed();
    }
  }

  private async sendFirst(first: Pending): Promise<boolean> {
    const sentBefore = first.seen !== null;
    const seen = (first.seen ??= this.ends.version());
    this.keep(first); // before it is sent: a crash must not send it as something new
    try {
      if (sentBefore && (await this.isStored(first, seen))) return true;
      const edit = await this.ends.send(first, seen);
      this.shift();
      await this.ends.stored(edit);
      return true;
    } catch (error) {
      if (error instanceof Gone || (error instanceof Problem && error.status >= 500)) {
        this.ends.gone();
        return false;
      }
      if (!(error instanceof Problem)) throw error;
      if (error.status === 409 && (await this.isStored(first, seen))) return true;
      return this.settle(first, await this.ends.refused(error, first));
    }
  }

  private async settle(first: Pending, decision: Decision): Promise<boolean> {
    if (decision.kind === "later") {
      this.paused = true;
      return false;
    }
    if (decision.kind === "drop") this.shift();
    else {
      Object.assign(first, { body: decision.body, seen: null });
      this.keep(first);
    }
    await this.ends.reload();
    return true;
  }

  private async isStored(first: Pending, seen: number): Promise<boolean> {
    const since = await this.ends.operations(seen);
    if (!since.some((done) => same(done, first))) return false;
    this.shift();
    await this.ends.reload();
    return true;
  }

  private shift(): void {
    const gone = this.waiting.shift();
    if (gone) this.store?.removeItem(this.prefix + gone.id);
    this.ends.changed();
  }

  private keep(pending: Pending): void {
    try {
      this.store?.setItem(this.prefix + pending.id, JSON.stringify(pending));
    } catch {
      // full or forbidden: what waits then lasts as long as the page
    }
  }

  private kept(): Pending[] {
    const keys = Array.from({ length: this.store?.length ?? 0 }, (_, row) => this.store!.key(row)!);
    return keys
      .filter((key) => key.startsWith(this.prefix))
      .sort()
      .map((key) => JSON.parse(this.store!.getItem(key)!) as Pending);
  }
}
