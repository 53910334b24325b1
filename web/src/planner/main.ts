/** The planner's desk: open a draft, redraw it, check, compare, decide. */

import { Gone, Problem, getCity, type City } from "../shared/api";
import { byId, el, explain, translate } from "../shared/dom";
import { chooseLang, count, keptLang, lang, setLang, t, type Key } from "../shared/i18n";
import { drawBalance, listenBalance } from "./balance_panel";
import { neighboursOf } from "./borders";
import { PALETTE, colourGrids, coloursOf, shadeOf, stepsOf, type Shade } from "./colours";
import { showDecide } from "./decide_panel";
import { Desk } from "./desk";
import { askRefused } from "./dialogs";
import { drawDraw, fillForm, listenDraw, paint, paintsAtOnce } from "./draw_panel";
import { getGridsInForce, getNames, type Finding } from "./drafts";
import type { Gesture } from "./gather";
import { writeLine, type LonLat } from "./line";
import { drawGrids, listenGrids } from "./grids_panel";
import { drawLobby, showLobby } from "./lobby";
import { PlanMap } from "./map";
import { showCheck, showComparison } from "./outcome_panels";
import { gridName, percent } from "./words";

const ACTOR = "jingwei.actor";
const FOLLOW_MS = 10_000;
const TOAST_MS = 8_000;

let city: City | null = null;
let desk: Desk | null = null;
let communities: Awaited<ReturnType<typeof getNames>> = new Map();
let compounds: typeof communities = new Map();
let colours = new Map<string, number>();
let steps: number[] = [];

// ---- who acts --------------------------------------------------------------------------------

const actorField = byId<HTMLInputElement>("actor");

function keptActor(): string {
  try {
    return localStorage.getItem(ACTOR) ?? "";
  } catch {
    return "";
  }
}

/** Who acts; null, and the question asked, where nobody has said so. */
function actor(): string | null {
  const name = actorField.value.trim();
  actorField.setAttribute("aria-invalid", String(!name));
  if (name) return name;
  say(t("p_need_actor"));
  actorField.focus();
  return null;
}

byId("who").addEventListener("submit", (event) => event.preventDefault());
actorField.addEventListener("change", () => {
  actorField.setAttribute("aria-invalid", "false");
  try {
    localStorage.setItem(ACTOR, actorField.value.trim());
  } catch {
    // private windows may refuse; the name then lasts as long as the page
  }
});

// ---- short words -----------------------------------------------------------------------------

let toastTimer = 0;

function say(words: string): void {
  byId("toast").textContent = words;
  window.clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => (byId("toast").textContent = ""), TOAST_MS);
}

function gone(): void {
  if (document.getElementById("offline")) return;
  const again = el("button", { type: "button" }, t("retry"));
  again.addEventListener("click", reconnect);
  document.body.append(el("div", { id: "offline", role: "alert" }, t("p_gone"), again));
}

function reconnect(): void {
  document.getElementById("offline")?.remove();
  if (!city) void start();
  else if (desk) void desk.outbox.flush();
}
window.addEventListener("online", reconnect);

// ---- the map ---------------------------------------------------------------------------------

const shade = byId<HTMLSelectElement>("shade");

function colourOf(grid: string | undefined): string {
  if (!desk || !grid) return "#d9d9d9";
  if (shade.value === "grids") return PALETTE[colours.get(grid) ?? 0]!;
  return shadeOf(shade.value as Shade, desk.grids.get(grid), steps);
}

const map = new PlanMap(byId("map"), {
  gridOf: (block) => desk?.gridOf(block),
  fillOf: colourOf,
  nameOf: (grid) => gridName(desk, grid).match(/第\d+网格|Grid \d+/)?.[0] ?? gridName(desk, grid),
  gathered,
  lined,
  drawn: () => (document.body.dataset["drawn"] = "yes"),
});

function gathered(blocks: string[], gesture: Gesture): void {
  if (!desk) return;
  if (gesture === "look") {
    const grid = desk.gridOf(blocks[0]!);
    if (grid) choose(grid, false);
    return;
  }
  if (!paintsAtOnce()) {
    for (const block of blocks) desk.selected.add(block);
    return selected();
  }
  if (!desk.target) return say(t("p_target_hint"));
  if (mayEdit()) paint(desk, blocks, { say });
}

/** A line fills the form of the split; a vertex that was pulled moves, one that was touched fills its form. */
function lined(line: LonLat[], gesture: Gesture): void {
  if (gesture === "line") return fillForm("split", { line: writeLine(line) });
  const [at, to] = line as [LonLat, LonLat?];
  fillForm("vertex", { at: writeLine([at]), to: to ? writeLine([to]) : "" });
  if (to && mayEdit()) desk!.do({ kind: "move_vertex", at, to });
}

function mayEdit(): boolean {
  if (!desk || !actor()) return false;
  if (!desk.editable) say(t("p_not_editable"));
  return desk.editable;
}

/** Make a grid the target; bring it into sight where it was chosen from a list. */
function choose(grid: string, look = true): void {
  if (!desk) return;
  desk.target = grid;
  const blocks = desk.blocksOf(grid);
  map.mark([...blocks, ...desk.selected]);
  if (look) map.lookAt(blocks);
  drawDraw(drawing);
  drawGrids(listing);
}

function selected(): void {
  if (!desk) return;
  map.mark(desk.selected);
  drawDraw(drawing);
}

function lookAtFinding(finding: Finding): void {
  if (!desk) return;
  const blocks = finding.codes.flatMap((code) => (desk!.blocks.has(code) ? [code] : desk!.blocksOf(code)));
  map.mark(blocks);
  if (finding.lon !== null && finding.lat !== null) map.lookAtPoint(finding.lon, finding.lat);
  else if (!map.lookAt(blocks)) say(t("p_no_place"));
}

/** Draw again all that follows from the draft. */
function draw(): void {
  if (!desk) return;
  const grids = [...desk.grids.values()];
  colours = colourGrids(desk.grids.keys(), neighboursOf(map.arcs, (block) => desk!.gridOf(block)), colours);
  steps = stepsOf(shade.value as Shade, grids);
  map.recolour();
  drawLegend();
  drawDraw(drawing);
  drawGrids(listing);
  drawStanding();
}

/** Many changes at once are drawn once. */
let drawing_ = 0;
function drawSoon(): void {
  cancelAnimationFrame(drawing_);
  drawing_ = requestAnimationFrame(draw);
}

function drawLegend(): void {
  const scale = byId("scale");
  if (shade.value === "grids") return scale.replaceChildren();
  const value = (step: number): string => (shade.value === "deviation" ? percent(step) : count(step));
  scale.replaceChildren(...coloursOf(shade.value as Shade).map((colour, row) => {
    const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.background = colour;
    const words = row === 0 ? `< ${value(steps[0]!)}` : row === steps.length ? `≥ ${value(steps.at(-1)!)}` : `${value(steps[row - 1]!)} … ${value(steps[row]!)}`;
    return el("li", {}, swatch, words);
  }));
}

/** Which draft this is, where it stands, and whether all of it is stored. */
function drawStanding(): void {
  if (!desk) return;
  const { draft, outbox } = desk;
  const back = el("button", { type: "button", class: "link" }, t("p_all_drafts"));
  back.addEventListener("click", () => void enter(null));
  const waiting = outbox.waiting.length;
  const state = draft.superseded ? "superseded" : draft.state;
  const line = el("p", { class: "standing", role: "status" },
    el("span", { class: `state ${state}` }, t(`p_state_${state}` as Key)),
    t("p_version", { n: draft.version }), " · ",
    waiting ? t(outbox.paused ? "p_paused" : "p_waiting", { n: waiting }) : t("p_all_stored"));
  const nodes: Node[] = [back, el("h2", {}, draft.label), line];
  if (waiting && outbox.paused) {
    const settle = el("button", { type: "button", class: "main" }, t("p_settle"));
    settle.addEventListener("click", () => void outbox.flush());
    nodes.push(settle);
  }
  if (desk.freehand) nodes.push(el("p", { class: "reason doubtful" }, t("p_freehand")));
  byId("standing").replaceChildren(...nodes);
  document.body.dataset["waiting"] = String(waiting);
}

// ---- panels ----------------------------------------------------------------------------------

const listing = {
  desk: () => desk,
  colourOf,
  chosen: (grid: string) => choose(grid),
};
const outcome = { desk: () => desk, lookAtFinding, lookAtGrid: (grid: string) => choose(grid) };
const deciding = { desk: () => desk, actor };
const drawing = {
  desk: () => desk,
  mayEdit,
  communities: () => communities,
  compounds: () => compounds,
  tool: (gesture: Gesture, radius: number) => map.use(gesture, radius),
  chosen: (grid: string) => choose(grid),
  selected,
  say,
};
const restoreForms = listenDraw(drawing);
listenGrids(listing);
const balancing = { desk: () => desk, mayEdit, actor, communities: () => communities, drawn: drawSoon };
listenBalance(balancing);

const tabs = [...document.querySelectorAll<HTMLButtonElement>("[role=tab]")];
const panelOf = (tab: HTMLElement): HTMLElement => byId(tab.getAttribute("aria-controls")!);

function showTab(tab: HTMLButtonElement): void {
  for (const each of tabs) {
    each.setAttribute("aria-selected", String(each === tab));
    each.tabIndex = each === tab ? 0 : -1;
    panelOf(each).hidden = each !== tab;
  }
  fillTab();
}

function fillTab(): void {
  const shown = tabs.find((tab) => tab.getAttribute("aria-selected") === "true")!.id;
  if (shown === "tab-grids") drawGrids(listing);
  if (shown === "tab-balance") drawBalance(balancing);
  if (shown === "tab-check") showCheck(outcome);
  if (shown === "tab-compare") showComparison(outcome);
  if (shown === "tab-decide") void showDecide(deciding);
}

for (const [row, tab] of tabs.entries()) {
  tab.addEventListener("click", () => showTab(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(row + step + tabs.length) % tabs.length]!;
    next.focus();
    showTab(next);
  });
}

shade.addEventListener("change", drawSoon);
byId("town").addEventListener("change", (event) => map.showTown((event.target as HTMLInputElement).checked));
const swiping = byId<HTMLInputElement>("swiping");
const swipe = byId<HTMLInputElement>("swipe");
async function showSwipe(): Promise<void> {
  byId("swipe-by").hidden = !swiping.checked;
  if (swiping.checked) map.loadToday(await getGridsInForce());
  map.swipe(swiping.checked ? Number(swipe.value) / 100 : null);
}
swiping.addEventListener("change", () => void showSwipe().catch(gone));
swipe.addEventListener("input", () => map.swipe(Number(swipe.value) / 100));
byId("zoom-in").addEventListener("click", () => map.zoomBy(1));
byId("zoom-out").addEventListener("click", () => map.zoomBy(-1));
byId("whole-city").addEventListener("click", () => city && map.lookAtBox(city.bbox));
document.addEventListener("keydown", (event) => {
  const typing = (event.target as HTMLElement).closest("input:not([type=radio], [type=checkbox]), textarea, dialog");
  if (!(event.ctrlKey || event.metaKey) || event.altKey || typing || !desk) return;
  const key = event.key.toLowerCase();
  const redo = key === "y" || (key === "z" && event.shiftKey);
  if (!redo && key !== "z") return;
  event.preventDefault();
  if (mayEdit()) desk[redo ? "redo" : "undo"]();
});

// ---- the language ----------------------------------------------------------------------------

function address(): string {
  return `?${new URLSearchParams({ ...(desk ? { draft: String(desk.draft.id) } : {}), lang: lang() })}`;
}

function inLanguage(): void {
  translate(document);
  const other = byId<HTMLAnchorElement>("other-language");
  other.lang = lang() === "zh" ? "en" : "zh-CN";
  byId<HTMLAnchorElement>("to-city").href = `/?lang=${lang()}`;
  document.title = desk ? `${desk.draft.label} · ${t("p_page")}` : t("p_page");
  if (desk) {
    draw();
    fillTab();
  } else drawLobby(lobbying);
}

byId("other-language").addEventListener("click", (event) => {
  event.preventDefault();
  setLang(lang() === "zh" ? "en" : "zh");
  history.replaceState(null, "", address());
  inLanguage();
});

// ---- coming and going ------------------------------------------------------------------------

const lobbying = { actor, opened: (draft: number) => void enter(draft) };

/** Open a draft, or the list of all. */
async function enter(id: number | null, remember = true): Promise<void> {
  desk = null;
  document.body.dataset["waiting"] = "0";
  if (id === null) {
    map.load({ type: "FeatureCollection", features: [] });
    map.recolour();
    map.mark([]);
    byId("desk").hidden = true;
    byId("lobby").hidden = false;
    if (remember) history.pushState(null, "", address());
    inLanguage();
    return showLobby(lobbying);
  }
  byId("lobby").replaceChildren(el("p", { class: "quiet", role: "status" }, t("p_loading")));
  try {
    const opened = await Desk.open(id, {
      actor: () => actorField.value.trim(),
      reshaped: (blocks, without, all) => (all ? map.load(blocks) : map.reshape(blocks, without)),
      changed: drawSoon,
      refused: (problem, pending) => askRefused(desk, problem, pending),
      gone,
    });
    desk = opened;
    colours = new Map();
    if (remember) history.pushState(null, "", address());
    byId("lobby").hidden = true;
    byId("desk").hidden = false;
    restoreForms();
    showTab(tabs[0]!);
    inLanguage();
    if (opened.outbox.waiting.length) {
      say(t("p_restored", { n: opened.outbox.waiting.length }));
      void opened.outbox.flush();
    }
  } catch (error) {
    if (!(error instanceof Problem || error instanceof Gone)) throw error;
    const list = el("button", { type: "button" }, t("p_all_drafts"));
    list.addEventListener("click", () => void enter(null));
    byId("lobby").replaceChildren(el("p", { class: "error", role: "alert" }, explain(error)), list);
  }
}

function askedFor(): number | null {
  const draft = new URLSearchParams(location.search).get("draft");
  return draft && /^\d{1,9}$/.test(draft) ? Number(draft) : null;
}
window.addEventListener("popstate", () => void enter(askedFor(), false));

window.setInterval(() => {
  if (!desk || document.hidden || document.querySelector("dialog")) return;
  desk.lookForOthers().then(
    (changed) => changed && say(t("p_others")),
    () => undefined, // the next change will say if the service is gone
  );
}, FOLLOW_MS);

async function start(): Promise<void> {
  try {
    [city, communities, compounds] = await Promise.all([getCity(), getNames("communities"), getNames("compounds")]);
    map.lookAtBox(city.bbox);
    await enter(askedFor(), false);
  } catch (error) {
    if (!(error instanceof Problem || error instanceof Gone)) throw error;
    gone();
  }
}

setLang(chooseLang(location.search, keptLang()));
actorField.value = keptActor();
translate(document);
void start();
