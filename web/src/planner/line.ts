/** Lines and points as a planner types them: longitude and latitude in degrees. */

export type LonLat = [number, number];

/** Read `111.78 37.26; 111.79 37.27`, also with commas; null where it is not at least `least` points. */
export function readLine(text: string, least = 2): LonLat[] | null {
  const numbers = text.trim().split(/[\s,，;；]+/).filter(Boolean).map(Number);
  if (numbers.length < 2 * least || numbers.length % 2 || numbers.some((number) => !Number.isFinite(number))) return null;
  return Array.from({ length: numbers.length / 2 }, (_, row) => [numbers[2 * row]!, numbers[2 * row + 1]!]);
}

export const writeLine = (line: readonly LonLat[]): string =>
  line.map(([lon, lat]) => `${lon.toFixed(7)}, ${lat.toFixed(7)}`).join("; ");

/** The point of rings that is nearest to a place, if it is within `reach`, all in the same measure. */
export function nearest(rings: Iterable<readonly number[][]>, [x, y]: readonly number[], reach: number): number[] | null {
  let [best, found] = [reach, null as number[] | null];
  for (const ring of rings) {
    for (const point of ring) {
      const away = Math.hypot(point[0]! - x!, point[1]! - y!);
      if (away <= best) [best, found] = [away, point];
    }
  }
  return found;
}
