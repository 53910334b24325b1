/** Colours of grids: told apart from their neighbours, or by what is measured. */

import type { Grid } from "./drafts";

export type Shade = "grids" | "residents" | "deviation";

export const PALETTE = ["#8fc1de", "#f5b98a", "#a8d59b", "#d9b3e0", "#f2d96b", "#f0a3a8", "#9fd8cc", "#c9b79c"];
/** Light to dark: few people to many. */
const MANY = ["#eef4fb", "#c6dbef", "#94c0e0", "#5b9dcb", "#2d74b0", "#0b4a8a"];
/** Far below the mean, near it, far above it; told apart also by who does not see red and green. */
const APART = ["#2166ac", "#80b4d8", "#cfe3ef", "#f4f1ec", "#fbd5bd", "#ec9a75", "#b2382f"];
const UNKNOWN = "#d9d9d9";

/** Give each grid a colour none of its neighbours has, as long as there are enough; keep given ones. */
export function colourGrids(
  codes: Iterable<string>,
  touching: ReadonlyMap<string, ReadonlySet<string>>,
  given: ReadonlyMap<string, number> = new Map(),
): Map<string, number> {
  const colours = new Map<string, number>();
  const sorted = [...codes].sort();
  for (const code of sorted) if (given.has(code)) colours.set(code, given.get(code)!);
  const used = PALETTE.map(() => 0);
  for (const colour of colours.values()) used[colour]!++;
  for (const code of sorted) {
    if (colours.has(code)) continue;
    const near = new Set([...(touching.get(code) ?? [])].map((other) => colours.get(other)));
    const free = PALETTE.map((_, row) => row).filter((row) => !near.has(row));
    const from = free.length ? free : PALETTE.map((_, row) => row);
    const best = from.reduce((a, b) => (used[b]! < used[a]! ? b : a));
    used[best]!++;
    colours.set(code, best);
  }
  return colours;
}

/** The steps of people and of deviation, for colours and their legend. */
export function stepsOf(shade: Shade, grids: Iterable<Grid>): number[] {
  if (shade === "deviation") return [-0.5, -0.25, -0.1, 0.1, 0.25, 0.5];
  const people = [...grids].map((grid) => grid.residents).sort((a, b) => a - b);
  return MANY.slice(1).map((_, row) => people[Math.floor(((row + 1) / MANY.length) * people.length)] ?? 0);
}

export function coloursOf(shade: Shade): readonly string[] {
  return shade === "deviation" ? APART : MANY;
}

/** The colour of a grid by what is measured. */
export function shadeOf(shade: Shade, grid: Grid | undefined, steps: readonly number[]): string {
  const value = shade === "deviation" ? grid?.deviation : grid?.residents;
  if (value === null || value === undefined) return UNKNOWN;
  const row = steps.filter((step) => value >= step).length;
  return coloursOf(shade)[row]!;
}
