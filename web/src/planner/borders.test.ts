import { expect, test } from "vitest";
import { arcsOf, bordersOf, neighboursOf, type Outline, type Point } from "./borders";
import { colourGrids } from "./colours";

/** Unit squares in a row, coded a, b, c... from the west. */
function row(count: number): Outline[] {
  return Array.from({ length: count }, (_, x) => {
    const ring: Point[] = [[x, 0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]];
    return { code: "abcdefgh"[x]!, rings: [ring] };
  });
}

const length = (lines: Point[][]): number =>
  lines.reduce((sum, line) => sum + line.slice(1).reduce(
    (part, point, i) => part + Math.hypot(point[0] - line[i]![0], point[1] - line[i]![1]), 0), 0);

test("a shared line is drawn once", () => {
  const arcs = arcsOf(row(3));
  expect(length(arcs.map(({ line }) => line))).toBe(3 * 2 + 4);
  expect(arcs.filter(({ sides }) => sides[1] !== null).map(({ sides }) => sides)).toEqual([["a", "b"], ["b", "c"]]);
});

test("a border runs where grids differ and around the city", () => {
  const arcs = arcsOf(row(3));
  const of = (block: string) => (block === "c" ? "east" : "west");
  expect(length(bordersOf(arcs, of))).toBe(8 + 1);
  expect(length(bordersOf(arcs, () => "one"))).toBe(8);
});

test("neighbouring grids have different colours, and keep them", () => {
  const arcs = arcsOf(row(8));
  const touching = neighboursOf(arcs, (block) => `grid ${block}`);
  const colours = colourGrids(touching.keys(), touching);
  for (const [grid, others] of touching) {
    for (const other of others) expect(colours.get(grid)).not.toBe(colours.get(other));
  }
  const again = colourGrids([...touching.keys(), "grid new"], touching, colours);
  for (const [grid, colour] of colours) expect(again.get(grid)).toBe(colour);
});
