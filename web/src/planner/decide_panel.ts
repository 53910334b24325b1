/** From draft to force: submit, approve by another person, publish from a date. */

import { Problem } from "../shared/api";
import { byId, el, explain } from "../shared/dom";
import { lang, t, type Key } from "../shared/i18n";
import type { Desk } from "./desk";
import { sayStale } from "./dialogs";
import { getEvents, type Event, type State } from "./drafts";
import { moment } from "./words";

interface Ends {
  desk: () => Desk | null;
  actor: () => string | null;
}

const STEPS: Record<State, string[]> = {
  draft: ["submit", "discard"],
  submitted: ["approve", "return", "discard"],
  approved: ["return", "discard"],
  published: [],
  discarded: [],
};

/** Midnight after today on this clock, as a field of date and time wants it. */
function tomorrow(): string {
  const day = new Date();
  day.setDate(day.getDate() + 1);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}T00:00`;
}

/** A blocking fault named by the service, in the language of the reader. */
function failed(problem: Problem): HTMLElement[] {
  const findings = (problem.more["findings"] ?? []) as { detail: string; detail_zh: string }[];
  return findings.map((each) => el("li", {}, lang() === "zh" ? each.detail_zh : each.detail));
}

async function take(step: string, body: unknown, ends: Ends): Promise<void> {
  const desk = ends.desk();
  if (!desk || !ends.actor()) return;
  if (desk.outbox.waiting.length) return say([t("p_wait_first")]);
  const buttons = byId("decide").querySelectorAll("button");
  buttons.forEach((button) => (button.disabled = true));
  try {
    await desk.decide(step, body);
    await showDecide(ends);
    byId("decide").focus();
  } catch (error) {
    buttons.forEach((button) => (button.disabled = false));
    if (error instanceof Problem && error.code === "stale") {
      await sayStale(desk, error);
      await desk.reload();
      await showDecide(ends);
    } else say([explain(error), ...(error instanceof Problem ? [el("ul", {}, ...failed(error))] : [])]);
  }
}

function say(words: (string | Node)[]): void {
  const said = byId("decide-said");
  said.replaceChildren(...words);
  said.hidden = false;
}

function publishForm(ends: Ends): HTMLFormElement {
  const from = el("input", { type: "datetime-local", name: "from", required: true, value: tomorrow() });
  const now = el("input", { type: "checkbox", name: "now" });
  now.addEventListener("change", () => (from.disabled = now.checked));
  const incidents = el("select", { name: "incidents" },
    el("option", { value: "move" }, t("p_incidents_move")), el("option", { value: "keep" }, t("p_incidents_keep")));
  const form = el("form", { class: "stack", id: "publish", novalidate: true },
    el("label", {}, el("span", {}, t("p_from_when")), from),
    el("label", { class: "box" }, now, el("span", {}, t("p_from_now"))),
    el("label", {}, el("span", {}, t("p_open_incidents")), incidents),
    el("button", { type: "submit", class: "main" }, t("p_step_publish")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    from.setAttribute("aria-invalid", String(!now.checked && !from.value));
    if (!now.checked && !from.value) return from.focus();
    const when = now.checked ? {} : { valid_from: new Date(from.value).toISOString() };
    void take("publish", { ...when, incidents: incidents.value }, ends);
  });
  return form;
}

function steps(desk: Desk, ends: Ends): HTMLElement {
  const note = el("textarea", { name: "note", maxlength: "2000", id: "decide-note" });
  const buttons = STEPS[desk.draft.state].map((step) => {
    const main = step === "submit" || step === "approve";
    const button = el("button", { type: "button", ...(main ? { class: "main" } : {}) }, t(`p_step_${step}` as Key));
    button.addEventListener("click", () => void take(step, { note: note.value }, ends));
    return button;
  });
  if (!buttons.length) return el("p", { class: "quiet" }, t("p_finished"));
  return el("div", { class: "stack" },
    el("label", {}, el("span", {}, t("p_step_note")), note), el("div", { class: "actions" }, ...buttons));
}

function story(events: Event[]): HTMLElement {
  return el("ol", { class: "story" }, ...events.map((event) =>
    el("li", {}, el("b", {}, t(`p_event_${event.kind}` as Key)),
      el("small", {}, t("p_event_line", { actor: event.actor, n: event.version, when: moment(event.at) })),
      event.note ? el("p", {}, event.kind === "publish" ? t("p_in_force_from", { when: moment(event.note) }) : event.note) : null)));
}

/** Show where the draft stands, what may be done now, and what was done. */
export async function showDecide(ends: Ends): Promise<void> {
  const desk = ends.desk();
  if (!desk) return;
  const events = await getEvents(desk.draft.id).catch(() => []);
  const { state, base_is_latest } = desk.draft;
  byId("decide").replaceChildren(
    el("p", { class: "reason" }, t(`p_about_${state}` as Key)),
    ...(state === "published" || base_is_latest ? [] : [el("p", { class: "reason doubtful" }, t("p_base_old"))]),
    el("div", { id: "decide-said", class: "error", role: "alert", hidden: true }),
    ...(state === "approved" ? [publishForm(ends)] : []),
    steps(desk, ends),
    el("h3", {}, t("p_story")), story(events));
}
