/** Painting, picking by code, new, merged and renamed grids: all of it without a mouse too. */

import { byId, el } from "../shared/dom";
import { count, t } from "../shared/i18n";
import type { Desk } from "./desk";
import type { Gesture } from "./gather";
import { keepFields } from "./kept_fields";
import { readLine } from "./line";
import { gridName, nameIn } from "./words";

interface Named {
  name: string;
  name_en: string | null;
}

interface Ends {
  desk: () => Desk | null;
  /** Whether a change may be made now; the page says why not. */
  mayEdit: () => boolean;
  communities: () => Map<string, Named>;
  compounds: () => Map<string, Named>;
  tool: (gesture: Gesture, radius: number) => void;
  chosen: (grid: string) => void;
  selected: () => void;
  say: (words: string) => void;
}

const target = byId<HTMLSelectElement>("target");
const codes = byId<HTMLInputElement>("codes");
const said = byId("pick-said");
const deed = byId<HTMLSelectElement>("deed");

const tool = (): Gesture => document.querySelector<HTMLInputElement>("input[name=tool]:checked")!.value as Gesture;

function options(desk: Desk, ends: Ends): HTMLElement[] {
  const groups = new Map<string, HTMLElement>();
  for (const grid of [...desk.grids.values()].sort((a, b) => (a.code < b.code ? -1 : 1))) {
    const community = ends.communities().get(grid.community);
    if (!groups.has(grid.community)) {
      groups.set(grid.community, el("optgroup", { label: community ? nameIn(community) : grid.community }));
    }
    groups.get(grid.community)!.append(el("option", { value: grid.code }, nameIn(grid)));
  }
  return [...groups.values()];
}

let listed = "";

/** Draw what follows from the draft and the selection. */
export function drawDraw(ends: Ends): void {
  const desk = ends.desk();
  if (!desk) return;
  const now = document.documentElement.lang + [...desk.grids.values()].map((grid) => grid.code + grid.name).join();
  if (now !== listed) {
    listed = now;
    target.replaceChildren(el("option", { value: "" }, t("p_choose_grid")), ...options(desk, ends));
    const from = byId("merge").querySelector("select")!;
    const kept = from.value;
    from.replaceChildren(el("option", { value: "" }, t("p_choose_grid")), ...options(desk, ends));
    from.value = kept;
    byId("compounds").replaceChildren(...[...ends.compounds().values()].map((each) => el("option", { value: nameIn(each) })));
  }
  target.value = desk.target ?? "";
  const grid = desk.grids.get(desk.target ?? "");
  byId("target-figures").textContent = grid
    ? t("p_figures", { residents: count(grid.residents), households: count(grid.households), blocks: grid.blocks })
    : t("p_target_hint");
  for (const id of ["undo", "redo"]) byId<HTMLButtonElement>(id).disabled = !desk.editable;
  drawSelection(desk, ends);
}

function drawSelection(desk: Desk, ends: Ends): void {
  const focused = (document.activeElement as HTMLElement | null)?.id;
  const panel = byId("selection");
  if (!desk.selected.size) return panel.replaceChildren();
  let [residents, households] = [0, 0];
  for (const code of desk.selected) {
    const found = desk.blocks.get(code)?.properties;
    residents += found?.residents ?? 0;
    households += found?.households ?? 0;
  }
  const give = el("button", { type: "button", id: "give", class: "main" },
    desk.target ? t("p_give", { grid: gridName(desk, desk.target) }) : t("p_give_where"));
  give.disabled = !desk.target || !desk.editable;
  give.addEventListener("click", () => give_(desk, ends));
  const clear = el("button", { type: "button", id: "clear" }, t("p_clear"));
  clear.addEventListener("click", () => {
    desk.selected.clear();
    ends.selected();
    codes.focus();
  });
  panel.replaceChildren(
    el("p", {}, t("p_selected", { n: count(desk.selected.size), residents: count(residents), households: count(households) })),
    el("div", { class: "actions" }, give, clear));
  if (focused && ["give", "clear"].includes(focused)) byId(focused).focus();
}

function give_(desk: Desk, ends: Ends): void {
  if (!ends.mayEdit()) return;
  paint(desk, [...desk.selected], ends);
  desk.selected.clear();
  ends.selected();
  codes.focus();
}

/** Give blocks to the target grid and say what locked grids kept. */
export function paint(desk: Desk, blocks: string[], ends: Pick<Ends, "say">): void {
  const kept = desk.paint(blocks);
  if (kept) ends.say(t("p_locked_kept", { n: kept }));
}

/** What a word typed by a planner means: a block, a compound, a grid, or nothing. */
function meant(desk: Desk, word: string, ends: Ends): string[] {
  if (desk.blocks.has(word)) return [word];
  if (desk.grids.has(word)) return desk.blocksOf(word);
  const named = [...ends.compounds()].find(([code, each]) => code === word || each.name === word || each.name_en === word);
  return desk.blocksOfCompound(named?.[0] ?? word);
}

function pick(desk: Desk, ends: Ends): void {
  const typed = codes.value.trim();
  // an English name has spaces in it: the whole first, then word by word
  const words = typed && meant(desk, typed, ends).length ? [typed] : typed.split(/[\s,，、;；]+/).filter(Boolean);
  const unknown: string[] = [];
  let added = 0;
  for (const word of words) {
    const blocks = meant(desk, word, ends);
    if (!blocks.length) unknown.push(word);
    for (const block of blocks) desk.selected.add(block);
    added += blocks.length;
  }
  codes.value = unknown.join(" ");
  codes.setAttribute("aria-invalid", String(unknown.length > 0 || !words.length));
  said.textContent = unknown.length ? t("p_pick_none", { words: unknown.join(", ") }) : words.length ? t("p_pick_added", { n: added }) : t("p_pick_hint");
  ends.selected();
}

/** A form whose fields are kept, and sent once they are all there. */
function form(id: string, ends: Ends, send: (desk: Desk, fields: Record<string, string>) => string | null): () => void {
  const made = byId<HTMLFormElement>(id);
  const kept = keepFields(made, () => `jingwei.plan-form.${ends.desk()?.draft.id}.${id}`);
  const wrong = el("p", { class: "error", role: "alert", hidden: true });
  made.append(wrong);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const desk = ends.desk();
    if (!desk || !ends.mayEdit()) return;
    const fields = Object.fromEntries([...new FormData(made)].map(([name, value]) => [name, String(value).trim()]));
    const kind = (event.submitter as HTMLButtonElement | null)?.value;
    if (kind) fields["kind"] = kind;
    const complaint = send(desk, fields);
    wrong.textContent = complaint ?? "";
    wrong.hidden = !complaint;
    if (complaint) return made.querySelector<HTMLElement>("input, select, textarea")!.focus();
    kept.forget();
    (made.parentElement as HTMLDetailsElement).open = false;
    made.parentElement!.querySelector("summary")!.focus();
  });
  return kept.restore;
}

/** Put a line or a point drawn on the map into its form, and open that. */
export function fillForm(id: "split" | "vertex", fields: Record<string, string>): void {
  const made = byId<HTMLFormElement>(id);
  (made.parentElement as HTMLDetailsElement).open = true;
  for (const [name, value] of Object.entries(fields)) {
    made.querySelector<HTMLInputElement>(`[name=${name}]`)!.value = value;
  }
  made.dispatchEvent(new Event("input"));
}

/** Listen to all fields of the panel; returns what puts typed words back for another draft. */
export function listenDraw(ends: Ends): () => void {
  const useTool = (): void => ends.tool(tool(), Number(byId<HTMLSelectElement>("radius").value));
  byId("tools").addEventListener("change", useTool);
  byId("radius").addEventListener("change", useTool);
  target.addEventListener("change", () => target.value && ends.chosen(target.value));
  byId("undo").addEventListener("click", () => ends.mayEdit() && ends.desk()?.undo());
  byId("redo").addEventListener("click", () => ends.mayEdit() && ends.desk()?.redo());
  byId("pick").addEventListener("submit", (event) => {
    event.preventDefault();
    const desk = ends.desk();
    if (desk) pick(desk, ends);
  });
  const restores = [
    form("new-grid", ends, (desk, { name, name_en }) => {
      if (!name) return t("p_need_name");
      const first = desk.gridOf([...desk.selected][0] ?? "");
      if (!first) return t("p_need_selection");
      const community = desk.grids.get(first)!.community;
      desk.do({ kind: "new_grid", community, name, name_en: name_en || null, blocks: [...desk.selected].sort() });
      desk.selected.clear();
      ends.selected();
      return null;
    }),
    form("merge", ends, (desk, { from }) => {
      if (!from || !desk.target) return t("p_need_both");
      if (from === desk.target) return t("p_need_two");
      if (desk.locked.has(from) || desk.locked.has(desk.target)) return t("p_is_locked");
      desk.do({ kind: "merge", grids: [from], into: desk.target });
      return null;
    }),
    form("split", ends, (desk, { line, name, name_en, cut }) => {
      const points = readLine(line ?? "");
      if (!points) return t("p_need_line");
      if (!name) return t("p_need_name");
      if (!desk.target) return t("p_need_target");
      if (desk.locked.has(desk.target)) return t("p_is_locked");
      desk.do({ kind: "split", grid: desk.target, line: points, name, name_en: name_en || null, cut_blocks: cut === "yes" });
      return null;
    }),
    form("vertex", ends, (desk, { at, to, kind }) => {
      const [from] = readLine(at ?? "", 1) ?? [];
      const [onto] = readLine(to ?? "", 1) ?? [];
      if (!from || (kind === "move_vertex" && !onto)) return t("p_need_point");
      desk.do(kind === "move_vertex" ? { kind, at: from, to: onto } : { kind: kind!, at: from });
      return null;
    }),
    form("rename", ends, (desk, { name, name_en }) => {
      if (!name) return t("p_need_name");
      if (!desk.target) return t("p_need_target");
      desk.do({ kind: "rename", grid: desk.target, name, name_en: name_en || null });
      return null;
    }),
  ];
  return () => restores.forEach((restore) => restore());
}

/** Whether what a gesture gathers is given to the target at once. */
export const paintsAtOnce = (): boolean => deed.value === "paint";
