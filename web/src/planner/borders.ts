/** The lines blocks share: where two blocks meet, and so where two grids do. */

export type Point = [number, number];

export interface Arc {
  /** The blocks on both sides; the second is null at the outline of the city. */
  sides: [string, string | null];
  line: Point[];
}

export interface Outline {
  code: string;
  rings: Point[][];
}

const keyOf = (a: Point, b: Point): string => {
  const [p, q] = [`${a[0]},${a[1]}`, `${b[0]},${b[1]}`];
  return p < q ? `${p} ${q}` : `${q} ${p}`;
};

/** Cut the outlines of blocks into arcs; neighbours have each vertex of a shared line in common. */
export function arcsOf(blocks: Iterable<Outline>): Arc[] {
  const all = [...blocks];
  const owners = new Map<string, [string, string | null]>();
  for (const { code, rings } of all) {
    for (const ring of rings) {
      for (let i = 1; i < ring.length; i++) {
        const key = keyOf(ring[i - 1]!, ring[i]!);
        const known = owners.get(key);
        if (known) known[1] = code;
        else owners.set(key, [code, null]);
      }
    }
  }
  const arcs: Arc[] = [];
  for (const { code, rings } of all) {
    for (const ring of rings) {
      let current: Arc | null = null;
      for (let i = 1; i < ring.length; i++) {
        const [first, second] = owners.get(keyOf(ring[i - 1]!, ring[i]!))!;
        if (first !== code) current = null; // the other side draws it
        else if (current && current.sides[1] === second) current.line.push(ring[i]!);
        else arcs.push((current = { sides: [first, second], line: [ring[i - 1]!, ring[i]!] }));
      }
    }
  }
  return arcs;
}

/** The arcs between different grids (and the outline), by what `of` says of each block. */
export function bordersOf(arcs: readonly Arc[], of: (block: string) => string | undefined): Point[][] {
  return arcs.filter(({ sides: [a, b] }) => b === null || of(a) !== of(b)).map(({ line }) => line);
}

/** Which grids touch which. */
export function neighboursOf(
  arcs: readonly Arc[],
  of: (block: string) => string | undefined,
): Map<string, Set<string>> {
  const touching = new Map<string, Set<string>>();
  const note = (a: string, b: string) => (touching.get(a) ?? touching.set(a, new Set()).get(a)!).add(b);
  for (const { sides: [a, b] } of arcs) {
    const [one, other] = [of(a), b === null ? undefined : of(b)];
    if (!one || !other || one === other) continue;
    note(one, other);
    note(other, one);
  }
  return touching;
}
