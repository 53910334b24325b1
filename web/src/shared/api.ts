/** The HTTP interface of the service, as far as the pages use it. */

export interface Unit {
  code: string;
  name: string;
  name_en: string | null;
  kind: string | null;
}

export interface Neighbour extends Unit {
  distance_m: number;
}

export interface Officer {
  role_name: string;
  role_name_en: string | null;
  duty_line: string;
  standing_in: boolean;
}

export interface Words {
  zh: string;
  en: string;
}

export interface Located {
  given: { lon: number; lat: number; datum: Datum };
  point: { lon: number; lat: number };
  how: "inside" | "edge" | "gap" | "outside" | "building" | "by_hand";
  grid: Unit | null;
  community: Unit | null;
  subdistrict: Unit | null;
  border_distance_m: number | null;
  nearest: Neighbour | null;
  neighbours: Neighbour[];
  officer: Officer | null;
  queue: "grid" | "dispatch";
  reason: Words;
  version: { id: number; label: string; valid_from: string };
}

export interface Incident extends Located {
  number: string;
  state: string;
}

export interface Place {
  kind: "compound" | "building" | "street" | "community" | "subdistrict" | "grid" | "centre";
  code: string;
  name: string;
  name_en: string | null;
  lon: number;
  lat: number;
  bbox: [number, number, number, number];
  within: string | null;
}

export interface City {
  code: string;
  name: Words;
  synthetic: boolean;
  synthetic_note: Words | null;
  credit: string | null;
  review_number: string | null;
  bbox: [number, number, number, number];
  version: { id: number; label: string; valid_from: string };
  counts: Record<string, number>;
  categories: (Words & { code: string })[];
  dispatch_centre: Words & { duty_line: string | null };
}

export type Datum = "cgcs2000" | "wgs84" | "gcj02" | "bd09";

export interface Report {
  category: string;
  text: string;
  lon: number;
  lat: number;
  datum: Datum;
  address: string | null;
  channel: "web";
}

/** What the service says is wrong, in words for the reader. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly titleZh: string,
    readonly detail: string,
    /** All the service said with it: ids, what to allow, what others did. */
    readonly more: Record<string, unknown> = {},
  ) {
    super(detail);
  }
}

/** The service could not be reached. */
export class Gone extends Error {}

const TIMEOUT_MS = 15_000;

export async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS), ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Gone(String(error));
  }
  if (answer.ok) return (await answer.json()) as T;
  const said: Record<string, unknown> = await answer.json().catch(() => ({}));
  throw new Problem(
    answer.status,
    String(said["code"] ?? ""),
    String(said["title_zh"] ?? answer.statusText),
    String(said["detail"] ?? answer.statusText),
    said,
  );
}

export const getCity = (): Promise<City> => ask<City>("/city");

export function locate(lon: number, lat: number, datum: Datum): Promise<Located> {
  const query = new URLSearchParams({ lon: String(lon), lat: String(lat), datum });
  return ask<Located>(`/locate?${query}`);
}

export async function search(words: string, signal: AbortSignal): Promise<Place[]> {
  const query = new URLSearchParams({ q: words, limit: "8" });
  return (await ask<{ results: Place[] }>(`/search?${query}`, { signal })).results;
}

export interface GridCounts extends Unit {
  households: number;
  residents: number;
  residents_60_plus: number;
}

export const getGrid = (code: string): Promise<GridCounts> => ask<GridCounts>(`/grids/${code}`);

export interface Feature {
  geometry: { type: string; coordinates: unknown };
  properties: Record<string, unknown>;
}

/** One feature of a public layer, or null if there is none. */
export async function feature(layer: string, code: string): Promise<Feature | null> {
  const path = `/ogc/collections/${layer}/items/${encodeURIComponent(code)}?f=json`;
  return ask<Feature>(path).catch((error: unknown) => {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  });
}

/** Send a report; the same key with the same report is stored once. */
export function send(report: Report, key: string): Promise<Incident> {
  return ask<Incident>("/incidents", {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify(report),
  });
}
