import { expect, test } from "vitest";
import { nearest, readLine, writeLine } from "./line";

test("a line is read as it is written, and with other marks between", () => {
  const line = readLine("111.78, 37.26; 111.79, 37.27")!;
  expect(line).toEqual([[111.78, 37.26], [111.79, 37.27]]);
  expect(readLine(writeLine(line))).toEqual(line);
  expect(readLine("111.78 37.26\n111.79，37.27")).toEqual(line);
});

test("what is not a line is not guessed at", () => {
  for (const text of ["", "111.78", "111.78 37.26 111.79", "111.78 north; 111.79 37.27"]) expect(readLine(text)).toBeNull();
});

test("a pointer catches the nearest vertex within reach, and none beyond", () => {
  const rings = [[[0, 0], [10, 0]], [[10, 4]]];
  expect(nearest(rings, [9, 1], 5)).toEqual([10, 0]);
  expect(nearest(rings, [50, 50], 5)).toBeNull();
});
