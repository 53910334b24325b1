/** The live table of grids and how their people are spread. */

import { byId, el } from "../shared/dom";
import { count, t, type Key } from "../shared/i18n";
import type { Desk } from "./desk";
import type { Grid } from "./drafts";
import { nameIn, percent } from "./words";

interface Ends {
  desk: () => Desk | null;
  colourOf: (grid: string) => string;
  chosen: (grid: string) => void;
}

type Column = "name" | "residents" | "households" | "residents_60_plus" | "open_cases" | "deviation" | "compactness" | "contiguous";
const COLUMNS: Column[] = ["name", "residents", "households", "residents_60_plus", "open_cases", "deviation", "compactness", "contiguous"];
const BIN = 0.1;
const BINS = 16; // from -80 % to +80 %; the outer ones hold all beyond

const filter = byId<HTMLInputElement>("filter");
const only = byId<HTMLSelectElement>("only");
const limit = byId<HTMLInputElement>("limit");
const table = byId<HTMLTableElement>("grid-table");
const figure = byId("histogram");
let sorted: { column: Column; down: boolean } = { column: "name", down: false };

/** The share grids may differ from the mean by. */
export const allowed = (): number => Math.max(1, Number(limit.value) || 50) / 100;

/** What is wrong with a grid at a glance. */
export const isFar = (grid: Grid): boolean => grid.deviation !== null && Math.abs(grid.deviation) > allowed();

function valueOf(grid: Grid, column: Column): string | number {
  if (column === "name") return grid.code;
  if (column === "contiguous") return grid.parts;
  return grid[column] ?? -Infinity;
}

function shown(desk: Desk): Grid[] {
  const words = filter.value.trim().toLowerCase();
  const kept = [...desk.grids.values()].filter((grid) => {
    const named = `${grid.code} ${grid.name} ${grid.name_en ?? ""}`.toLowerCase().includes(words);
    const asked = { far: isFar(grid), broken: !grid.contiguous, locked: desk.locked.has(grid.code) }[only.value] ?? true;
    return named && asked;
  });
  const way = sorted.down ? -1 : 1;
  return kept.sort((a, b) => {
    const [x, y] = [valueOf(a, sorted.column), valueOf(b, sorted.column)];
    return (x < y ? -way : x > y ? way : 0) || (a.code < b.code ? -1 : 1);
  });
}

function row(grid: Grid, desk: Desk, ends: Ends): HTMLTableRowElement {
  const lock = el("input", { type: "checkbox", checked: desk.locked.has(grid.code), "data-key": `lock ${grid.code}`,
    "aria-label": t("p_lock", { grid: nameIn(grid) }) });
  lock.addEventListener("change", () => desk.lock(grid.code, lock.checked));
  const name = el("button", { type: "button", class: "link", title: grid.code, "data-key": `name ${grid.code}` }, nameIn(grid).replace(" Community", ""));
  name.addEventListener("click", () => ends.chosen(grid.code));
  const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
  swatch.style.background = ends.colourOf(grid.code);
  const far = isFar(grid);
  const number = (value: number | null) => el("td", {}, value === null ? "–" : count(value));
  const made = el("tr", { "data-code": grid.code, ...(grid.code === desk.target ? { class: "target" } : {}) },
    el("td", {}, lock), el("th", { scope: "row" }, swatch, name),
    number(grid.residents), number(grid.households), number(grid.residents_60_plus), number(grid.open_cases),
    el("td", far ? { class: "bad" } : {}, percent(grid.deviation)),
    el("td", {}, grid.compactness.toFixed(2)),
    el("td", grid.contiguous ? {} : { class: "bad" }, grid.contiguous ? t("p_yes") : t("p_parts", { n: grid.parts })));
  return made;
}

function heads(ends: Ends): HTMLTableRowElement {
  const cells = COLUMNS.map((column) => {
    const button = el("button", { type: "button", class: "link", "data-key": `head ${column}`, title: t(`p_col_${column}_long` as Key) }, t(`p_col_${column}` as Key));
    button.addEventListener("click", () => {
      sorted = { column, down: sorted.column === column ? !sorted.down : column !== "name" };
      drawGrids(ends);
    });
    const way = sorted.column === column ? (sorted.down ? "descending" : "ascending") : "none";
    return el("th", { scope: "col", "aria-sort": way }, button);
  });
  return el("tr", {}, el("th", { scope: "col" }, t("p_col_lock")), ...cells);
}

function histogram(desk: Desk): void {
  const deviations = [...desk.grids.values()].flatMap(({ deviation }) => (deviation === null ? [] : [deviation]));
  const bins = new Array<number>(BINS).fill(0);
  for (const deviation of deviations) {
    bins[Math.min(BINS - 1, Math.max(0, Math.floor(deviation / BIN + BINS / 2)))]!++;
  }
  const most = Math.max(1, ...bins);
  const far = deviations.filter((deviation) => Math.abs(deviation) > allowed()).length;
  const bars = bins.map((grids, at) => {
    const middle = (at - BINS / 2 + 0.5) * BIN;
    const bar = el("span", { class: Math.abs(middle) > allowed() ? "far" : "", title: t("p_bin", { share: percent(middle), n: grids }) });
    bar.style.height = `${(100 * grids) / most}%`;
    return bar;
  });
  figure.replaceChildren(
    el("div", { class: "bars", "aria-hidden": "true" }, ...bars),
    el("div", { class: "axis", "aria-hidden": "true" }, el("span", {}, "−80%"), el("span", {}, t("p_mean")), el("span", {}, "+80%")),
    el("figcaption", {}, t("p_histogram", { n: desk.grids.size, far, limit: Math.round(allowed() * 100) })));
}

/** Draw table and histogram as the draft is now; the focus stays where it is. */
export function drawGrids(ends: Ends): void {
  const desk = ends.desk();
  if (!desk || byId("grids").hidden) return;
  const focused = (document.activeElement as HTMLElement | null)?.dataset["key"];
  const grids = shown(desk);
  const body = grids.map((grid) => row(grid, desk, ends));
  if (!grids.length) body.push(el("tr", {}, el("td", { colspan: String(COLUMNS.length + 1), class: "quiet" }, t("p_no_grids"))));
  table.replaceChildren(el("caption", { class: "visually-hidden" }, t("p_table", { n: grids.length })),
    el("thead", {}, heads(ends)), el("tbody", {}, ...body));
  histogram(desk);
  if (focused) table.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

/** Draw again whenever another part is asked for. */
export function listenGrids(ends: Ends): void {
  for (const field of [filter, only, limit]) field.addEventListener("input", () => drawGrids(ends));
}
