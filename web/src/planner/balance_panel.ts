/** A balance asked for, followed, broken off; its plans side by side, tried on the map, taken. */

import { Gone, Problem } from "../shared/api";
import { byId, el, explain } from "../shared/dom";
import { count, lang, t, type Key } from "../shared/i18n";
import type { Desk } from "./desk";
import { cancelJob, getJob, startBalance, type BalanceFigures, type BalanceJob } from "./drafts";
import { nameIn, percent } from "./words";

interface Ends {
  desk: () => Desk | null;
  mayEdit: () => boolean;
  actor: () => string | null;
  communities: () => Map<string, { name: string; name_en: string | null }>;
  drawn: () => void;
}

const LOOK_MS = 1_000;
const OVER = ["done", "failed", "cancelled"];
const form = byId<HTMLFormElement>("balance-form");
const outcome = byId("balance-outcome");
let job: BalanceJob | null = null;
let jobDraft = 0;
let timer = 0;

/** Offer the communities of the draft, that of the target grid first. */
export function drawBalance(ends: Ends): void {
  const desk = ends.desk();
  if (!desk) return;
  const scope = form.querySelector<HTMLSelectElement>("select[name=community]")!;
  const own = desk.grids.get(desk.target ?? "")?.community;
  const kept = own ?? scope.value;
  const codes = [...new Set([...desk.grids.values()].map((grid) => grid.community))].sort();
  scope.replaceChildren(
    ...codes.map((code) => el("option", { value: code }, nameIn(ends.communities().get(code) ?? { name: code, name_en: null }))),
    el("option", { value: "" }, t("p_balance_all")));
  scope.value = kept || codes[0] || "";
  byId("balance-locked").textContent = desk.locked.size ? t("p_balance_locked", { n: desk.locked.size }) : "";
  if (job && jobDraft === desk.draft.id) draw(ends);
  else outcome.replaceChildren();
}

async function start(ends: Ends): Promise<void> {
  const desk = ends.desk();
  if (!desk || !ends.mayEdit()) return;
  if (desk.outbox.waiting.length) return complain(t("p_wait_first"));
  const fields = new FormData(form);
  const community = String(fields.get("community"));
  const goals = {
    communities: community ? [community] : [],
    tolerance: { [String(fields.get("weight"))]: Number(fields.get("tolerance")) / 100 },
    alternatives: Number(fields.get("alternatives")),
    effort_s: Number(fields.get("effort")),
    locked_grids: [...desk.locked].filter((grid) => !community || desk.grids.get(grid)?.community === community),
  };
  outcome.replaceChildren(el("p", { class: "quiet", role: "status" }, t("p_working")));
  try {
    job = await startBalance(desk.draft.id, ends.actor()!, goals);
    jobDraft = desk.draft.id;
    preview(ends, null);
    follow(ends);
  } catch (error) {
    complain(explain(error));
  }
}

function complain(words: string): void {
  outcome.replaceChildren(el("p", { class: "error", role: "alert" }, words));
}

function follow(ends: Ends): void {
  draw(ends);
  window.clearTimeout(timer);
  if (!job || OVER.includes(job.state)) return;
  timer = window.setTimeout(() => void look(ends), LOOK_MS);
}

async function look(ends: Ends): Promise<void> {
  if (!job) return;
  try {
    job = await getJob(job.id);
  } catch (error) {
    if (!(error instanceof Gone || error instanceof Problem)) throw error; // asked again a moment later
  }
  follow(ends);
}

function draw(ends: Ends): void {
  if (!job) return;
  const { done, total, message } = job.progress;
  if (!OVER.includes(job.state)) {
    let bar = outcome.querySelector("progress");
    if (!bar) {
      const cancel = el("button", { type: "button" }, t("p_balance_cancel"));
      cancel.addEventListener("click", () => {
        cancel.disabled = true;
        cancelJob(job!.id).then((now) => (job = now), (error: unknown) => complain(explain(error)));
      });
      bar = el("progress", { "aria-label": t("p_tab_balance") });
      outcome.replaceChildren(bar, el("p", { class: "quiet", role: "status" }), el("div", { class: "actions" }, cancel));
    }
    bar.max = Math.max(1, total);
    bar.value = done;
    outcome.querySelector("p")!.textContent = message[lang()];
    return;
  }
  if (job.error) return complain(job.error[lang()]);
  if (!job.result?.alternatives.length) return complain(t("p_balance_none"));
  outcome.replaceChildren(table(job.result.today, job.result.alternatives, ends));
}

/** The plans as columns beside the draft as it was. */
function table(today: BalanceFigures, plans: BalanceFigures[], ends: Ends): HTMLElement {
  const weight = Object.keys(today.worst_deviation)[0]!;
  const rows: [Key, (figures: BalanceFigures) => string][] = [
    ["p_balance_outside", (each) => count(each.grids_outside)],
    ["p_balance_worst", (each) => percent(each.worst_deviation[weight]!).replace("+", "")],
    ["p_balance_mean", (each) => percent(each.mean_deviation[weight]!).replace("+", "")],
    ["p_balance_moved", (each) => count(Math.round(each.change?.moved[weight] ?? 0))],
    ["p_balance_blocks", (each) => count(each.change?.blocks_moved ?? 0)],
    ["p_balance_border", (each) => t("metres", { n: count(Math.round(each.border_m)) })],
  ];
  const buttons = plans.map((plan, row) => {
    const view = el("button", { type: "button", "aria-pressed": "false", class: "try" }, t("p_balance_try"));
    view.setAttribute("aria-label", t("p_balance_try_n", { n: row + 1 }));
    view.addEventListener("click", () => {
      const on = view.getAttribute("aria-pressed") !== "true";
      outcome.querySelectorAll(".try").forEach((each) => each.setAttribute("aria-pressed", "false"));
      view.setAttribute("aria-pressed", String(on));
      preview(ends, on ? (plan.assignment ?? null) : null);
    });
    const take = el("button", { type: "button", class: "main" }, t("p_balance_take"));
    take.setAttribute("aria-label", t("p_balance_take_n", { n: row + 1 }));
    take.addEventListener("click", () => {
      const desk = ends.desk();
      if (!desk || !ends.mayEdit()) return;
      desk.take(job!.id, row);
      preview(ends, null);
    });
    return el("td", {}, view, take);
  });
  return el("div", { class: "scroll", tabindex: "0" }, el("table", { id: "plans" },
    el("thead", {}, el("tr", {}, el("td", {}), el("th", { scope: "col" }, t("p_balance_today")),
      ...plans.map((_, row) => el("th", { scope: "col" }, t("p_balance_plan", { n: row + 1 }))))),
    el("tbody", {}, ...rows.map(([name, of]) => el("tr", {}, el("th", { scope: "row" }, t(name)),
      ...[today, ...plans].map((each) => el("td", {}, of(each))))),
      el("tr", {}, el("td", {}), el("td", {}), ...buttons))));
}

function preview(ends: Ends, assignment: Record<string, string> | null): void {
  const desk = ends.desk();
  if (!desk) return;
  desk.tried = assignment;
  ends.drawn();
}

export function listenBalance(ends: Ends): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void start(ends);
  });
}
