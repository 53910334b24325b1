/** Drafts over HTTP, as far as the planner's page uses them; docs/drafts.md has all of it. */

import { ask, type Officer, type Words } from "../shared/api";

export type State = "draft" | "submitted" | "approved" | "published" | "discarded";

export interface Draft {
  id: number;
  label: string;
  note: string;
  author: string;
  state: State;
  version: number;
  base_id: number;
  base_is_latest: boolean;
  published_id: number | null;
  superseded: boolean;
  changed_at: string;
}

/** An operation as it is sent; docs/drafts.md lists the kinds and their fields. */
export interface Operation {
  kind: string;
  allow?: string[];
  [field: string]: unknown;
}

export interface Done {
  number: number;
  kind: string;
  actor: string;
  of: number | null;
  operation: Record<string, unknown>;
  items: string[];
  seen: number | null;
  shared?: string[];
}

export interface Grid {
  code: string;
  name: string;
  name_en: string | null;
  community: string;
  kind: string;
  blocks: number;
  households: number;
  residents: number;
  residents_60_plus: number;
  area_m2: number;
  compactness: number;
  contiguous: boolean;
  parts: number;
  deviation: number | null;
  officer: string | null;
  open_cases: number | null;
}

export interface BlockFeature {
  id: string;
  geometry: { type: "Polygon" | "MultiPolygon"; coordinates: unknown };
  properties: {
    grid: string;
    kind: string;
    compound: string | null;
    households: number;
    residents: number;
    residents_60_plus: number;
  };
}

export interface Blocks {
  type: "FeatureCollection";
  features: BlockFeature[];
}

/** What one operation has done. */
export interface Edit {
  version: number;
  operation: Done;
  merged_over: number[];
  grid_of: Record<string, string | null>;
  shapes: Blocks;
  grids: Grid[];
  closed: string[];
}

export interface Finding {
  key: string;
  rule: string;
  severity: string;
  codes: string[];
  text: Words;
  lon: number | null;
  lat: number | null;
  accepted: boolean;
}

export interface Comparison {
  version: number;
  people_moving: { households: number; residents: number; residents_60_plus: number };
  flows: { from_grid: string; to_grid: string; blocks: number; households: number; residents: number }[];
  grids: {
    code: string;
    change: "new" | "closed" | "changed";
    name_before: string | null;
    name_after: string | null;
    residents_before: number | null;
    residents_after: number | null;
    officer_before: Officer | null;
    officer_after: Officer | null;
  }[];
  incidents: { number: string; state: string; from_grid: string | null; to_grid: string | null }[];
}

export interface Event {
  kind: string;
  actor: string;
  version: number;
  note: string;
  at: string;
}

const json = { "content-type": "application/json" };
const acting = (actor: string) => ({ ...json, "x-actor": encodeURIComponent(actor) });

export const listDrafts = async (): Promise<Draft[]> => (await ask<{ drafts: Draft[] }>("/drafts")).drafts;
export const getDraft = (id: number): Promise<Draft> => ask<Draft>(`/drafts/${id}`);
export const getEvents = (id: number): Promise<Event[]> => ask<Event[]>(`/drafts/${id}/events`);
export const getBlocks = (id: number): Promise<Blocks> => ask<Blocks>(`/drafts/${id}/blocks`);
export const getCheck = (id: number): Promise<{ blocking: number; findings: Finding[] }> =>
  ask(`/drafts/${id}/check`);
export const getComparison = (id: number): Promise<Comparison> => ask<Comparison>(`/drafts/${id}/compare`);
export const getState = (id: number): Promise<{ version: number; freehand: boolean; grids: Grid[] }> =>
  ask(`/drafts/${id}/state`);
export const getOperations = async (id: number, after: number): Promise<Done[]> =>
  (await ask<{ operations: Done[] }>(`/drafts/${id}/operations?after=${after}&limit=1000`)).operations;

export const openDraft = (actor: string, label: string, note: string): Promise<Draft> =>
  ask<Draft>("/drafts", { method: "POST", headers: acting(actor), body: JSON.stringify({ label, note }) });

/** Change a draft that was looked at as version `seen`. */
export function change<T>(id: number, path: string, actor: string, seen: number, body: unknown): Promise<T> {
  return ask<T>(`/drafts/${id}/${path}`, {
    method: "POST",
    headers: { ...acting(actor), "if-match": `"${seen}"` },
    body: JSON.stringify(body),
  });
}

interface Named {
  properties: { code: string; name: string; name_en: string | null };
}

/** The names of the units of a public layer, by code. */
export async function getNames(layer: string): Promise<Map<string, Named["properties"]>> {
  const found = await ask<{ features: Named[] }>(`/ogc/collections/${layer}/items?f=json&limit=10000`);
  return new Map(found.features.map(({ properties }) => [properties.code, properties]));
}

/** The grids in force now, as GeoJSON. */
export const getGridsInForce = (): Promise<unknown> => ask("/ogc/collections/grids/items?f=json&limit=10000");

/** The figures of a plan of a balance, or of the draft as it was. */
export interface BalanceFigures {
  grids_outside: number;
  worst_deviation: Record<string, number>;
  mean_deviation: Record<string, number>;
  border_m: number;
  change: { moved: Record<string, number>; blocks_moved: number } | null;
  assignment?: Record<string, string>;
}

export interface BalanceJob {
  id: number;
  state: string;
  progress: { done: number; total: number; message: Words };
  result: { today: BalanceFigures; alternatives: BalanceFigures[] } | null;
  error: Words | null;
}

export const startBalance = (draft: number, actor: string, goals: unknown): Promise<BalanceJob> =>
  ask(`/drafts/${draft}/balance`, { method: "POST", headers: acting(actor), body: JSON.stringify(goals) });
export const getJob = (id: number): Promise<BalanceJob> => ask(`/jobs/${id}`);
export const cancelJob = (id: number): Promise<BalanceJob> => ask(`/jobs/${id}/cancel`, { method: "POST" });
