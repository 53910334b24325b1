/** Questions that must be answered before the work goes on. */

import { Problem } from "../shared/api";
import { el, explain } from "../shared/dom";
import { lang, t, type Key } from "../shared/i18n";
import type { Desk } from "./desk";
import type { Done, Operation } from "./drafts";
import type { Decision, Pending } from "./outbox";
import { describe, gridName } from "./words";

type Choice = { key: string; words: string; main?: boolean };

/** Ask a question; Escape answers with the last choice. */
function choose(title: string, content: Node[], choices: Choice[]): Promise<string> {
  return new Promise((answered) => {
    const last = choices.at(-1)!.key;
    const dialog = el("dialog", { "aria-labelledby": "dialog-title" },
      el("h2", { id: "dialog-title" }, title), ...content);
    const actions = el("div", { class: "actions" });
    for (const { key, words, main } of choices) {
      const button = el("button", { type: "button", value: key, ...(main ? { class: "main" } : {}) }, words);
      button.addEventListener("click", () => dialog.close(key));
      actions.append(button);
    }
    dialog.append(actions);
    const before = document.activeElement as HTMLElement | null;
    dialog.addEventListener("close", () => {
      dialog.remove();
      before?.focus();
      answered(dialog.returnValue || last);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Items of a plan, as `grid_of/K7`, in words. */
function itemWords(desk: Desk | null, items: string[]): string {
  const named = items.slice(0, 6).map((item) => {
    const [table = "", code = ""] = item.split("/");
    const grid = ["grids", "names", "officers"].includes(table);
    return t(`p_item_${table}` as Key, { code: grid ? gridName(desk, code) : code });
  });
  const more = items.length - named.length;
  return named.join(lang() === "zh" ? "、" : ", ") + (more > 0 ? t("p_and_more", { n: more }) : "");
}

function doneList(desk: Desk | null, done: Done[]): HTMLElement {
  return el("ul", {}, ...done.map((each) =>
    el("li", {}, el("b", {}, each.actor), t("p_said"), describe(desk, each.operation, each.kind),
      each.shared?.length ? el("small", {}, itemWords(desk, each.shared)) : null)));
}

const mine = (desk: Desk | null, { path, body }: Pending): string =>
  path === "operations" ? describe(desk, body, String(body["kind"])) : describe(desk, {}, path.split("/")[0]!);

/** Ask what becomes of an operation the service refused. */
export async function askRefused(desk: Desk | null, problem: Problem, pending: Pending): Promise<Decision> {
  // the buttons say what may be done all the same; the field of the interface is for programs
  const said = el("p", { class: "error" }, explain(problem).replace(/[；;][^；;]*\ballow\b[^；;]*$/, ""));
  const what = el("p", {}, el("b", {}, t("p_mine")), t("p_said"), mine(desk, pending));
  const drop = { key: "drop", words: t("p_drop_mine") };
  const later = { key: "later", words: t("p_later") };
  if (problem.code === "overlap") {
    const theirs = problem.more["theirs"] as Done[];
    const answer = await choose(t("p_conflict"), [
      el("p", {}, t("p_conflict_words")), what,
      el("p", {}, el("b", {}, t("p_theirs"))), doneList(desk, theirs),
    ], [{ key: "again", words: t("p_keep_mine"), main: true }, { ...drop, words: t("p_keep_theirs") }, later]);
    if (answer === "again") return { kind: "again", body: pending.body };
    return { kind: answer as "drop" | "later" };
  }
  const allow = problem.more["allow"];
  if (typeof allow === "string" && pending.path === "operations") {
    const answer = await choose(t("p_doubt"), [what, said],
      [{ key: "again", words: t(`p_allow_${allow}` as Key) }, { ...drop, main: true }, later]);
    if (answer === "again") {
      const operation = pending.body as Operation;
      return { kind: "again", body: { ...operation, allow: [...(operation.allow ?? []), allow] } };
    }
    return { kind: answer as "drop" | "later" };
  }
  const answer = await choose(t("p_refused"), [what, said], [{ ...drop, main: true }, later]);
  return { kind: answer as "drop" | "later" };
}

/** Say what was changed since a decision was prepared; the draft is then looked at again. */
export async function sayStale(desk: Desk | null, problem: Problem): Promise<void> {
  await choose(t("p_stale"), [
    el("p", {}, t("p_stale_words")), doneList(desk, problem.more["since"] as Done[]),
  ], [{ key: "look", words: t("p_look_again"), main: true }]);
}
