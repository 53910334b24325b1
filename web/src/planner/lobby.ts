/** Where a planner begins: the drafts there are, and a new one. */

import { byId, el, explain } from "../shared/dom";
import { t, type Key } from "../shared/i18n";
import { listDrafts, openDraft, type Draft } from "./drafts";
import { keepFields } from "./kept_fields";
import { moment } from "./words";

interface Ends {
  /** Who acts, or null after the page has asked for it. */
  actor: () => string | null;
  opened: (draft: number) => void;
}

const lobby = byId("lobby");
const list = el("div", {});
let found: Draft[] | null = null;

function newDraft(ends: Ends): HTMLFormElement {
  const label = el("input", { name: "label", maxlength: "100", required: true, id: "new-label" });
  const note = el("input", { name: "note", maxlength: "2000" });
  const said = el("p", { class: "error", role: "alert", hidden: true });
  const submit = el("button", { type: "submit", class: "main" }, t("p_open"));
  const form = el("form", { class: "stack", novalidate: true },
    el("h2", {}, t("p_new_draft")),
    el("label", {}, el("span", {}, t("p_label")), label),
    el("label", {}, el("span", {}, t("p_note")), note),
    said, submit);
  const kept = keepFields(form, () => "jingwei.plan-form.new");
  kept.restore();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    label.setAttribute("aria-invalid", String(!label.value.trim()));
    if (!label.value.trim()) return label.focus();
    const actor = ends.actor();
    if (!actor) return;
    submit.disabled = true;
    openDraft(actor, label.value.trim(), note.value.trim())
      .then((draft) => {
        kept.forget();
        ends.opened(draft.id);
      })
      .catch((error: unknown) => {
        said.textContent = explain(error);
        said.hidden = false;
        submit.disabled = false;
      });
  });
  return form;
}

function row(draft: Draft, ends: Ends): HTMLElement {
  const link = el("a", { href: `?draft=${draft.id}` }, draft.label);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    ends.opened(draft.id);
  });
  const state = draft.superseded ? "superseded" : draft.state;
  return el("li", {}, link,
    el("span", { class: `state ${state}` }, t(`p_state_${state}` as Key)),
    el("small", {}, t("p_draft_line", { id: draft.id, author: draft.author, n: draft.version, when: moment(draft.changed_at) })));
}

function drawList(ends: Ends): void {
  list.replaceChildren(found === null
    ? el("p", { class: "quiet", role: "status" }, t("p_loading"))
    : found.length
      ? el("ul", { class: "drafts" }, ...found.map((draft) => row(draft, ends)))
      : el("p", { class: "quiet" }, t("p_no_drafts")));
}

/** Draw all of it again, in the language of now; what is typed stays. */
export function drawLobby(ends: Ends): void {
  drawList(ends);
  lobby.replaceChildren(newDraft(ends), el("h2", {}, t("p_drafts")), list);
}

/** Read the drafts and list them. */
export async function showLobby(ends: Ends): Promise<void> {
  drawLobby(ends);
  try {
    found = await listDrafts();
    drawList(ends); // the form above may be typed in already
  } catch (error) {
    const again = el("button", { type: "button" }, t("retry"));
    again.addEventListener("click", () => void showLobby(ends));
    list.replaceChildren(el("p", { class: "error", role: "alert" }, explain(error)), again);
  }
}
