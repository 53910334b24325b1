/** A draft on the desk: what is stored of it, what waits to be, and what the planner holds fast. */

import { Problem } from "../shared/api";
import * as drafts from "./drafts";
import type { BlockFeature, Blocks, Draft, Edit, Grid, Operation } from "./drafts";
import { Outbox, type Decision, type Pending } from "./outbox";

interface Hooks {
  actor: () => string;
  /** Blocks have another shape, or all was read again. */
  reshaped: (blocks: Blocks, gone: string[], all: boolean) => void;
  changed: () => void;
  refused: (problem: Problem, pending: Pending) => Promise<Decision>;
  gone: () => void;
}

const SETTLED_MS = 600;

function localStore(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null; // private windows may refuse; then nothing outlives the page
  }
}

export class Desk {
  readonly blocks = new Map<string, BlockFeature>();
  readonly grids = new Map<string, Grid>();
  readonly locked: Set<string>;
  readonly selected = new Set<string>();
  readonly outbox: Outbox;
  target: string | null = null;
  freehand = false;
  /** The plan of a balance that is looked at, but not taken. */
  tried: Record<string, string> | null = null;
  private awaited = new Map<string, string>();
  private settling = 0;
  private readonly store = localStore();

  private constructor(
    public draft: Draft,
    private readonly hooks: Hooks,
  ) {
    this.locked = new Set(JSON.parse(this.store?.getItem(this.lockKey) ?? "[]") as string[]);
    this.outbox = new Outbox(draft.id, this.store, {
      version: () => this.draft.version,
      send: ({ path, body, actor }, seen) => drafts.change<Edit>(draft.id, path, actor, seen, body),
      operations: (after) => drafts.getOperations(draft.id, after),
      stored: (edit) => this.follow(edit),
      reload: () => this.reload(),
      refused: hooks.refused,
      gone: hooks.gone,
      changed: () => {
        this.foresee();
        hooks.changed();
      },
    });
  }

  /** Open a draft and send what a page before this one could not. */
  static async open(id: number, hooks: Hooks): Promise<Desk> {
    const desk = new Desk(await drafts.getDraft(id), hooks);
    await desk.reload();
    desk.foresee();
    return desk;
  }

  get editable(): boolean {
    return this.draft.state === "draft";
  }

  /** The grid of a block, counting what waits to be stored. */
  gridOf(block: string): string | undefined {
    return this.tried?.[block] ?? this.awaited.get(block) ?? this.blocks.get(block)?.properties.grid;
  }

  blocksOf(grid: string): string[] {
    return [...this.blocks.keys()].filter((block) => this.gridOf(block) === grid);
  }

  blocksOfCompound(compound: string): string[] {
    return [...this.blocks].filter(([, { properties }]) => properties.compound === compound).map(([code]) => code);
  }

  do(operation: Operation): void {
    this.outbox.add("operations", operation, this.hooks.actor());
  }

  /** Take a plan that a balance found. */
  take(job: number, alternative: number): void {
    this.outbox.add(`balance/${job}/apply`, { alternative }, this.hooks.actor());
  }

  undo(): void {
    this.outbox.add("undo", {}, this.hooks.actor());
  }

  redo(): void {
    this.outbox.add("redo", {}, this.hooks.actor());
  }

  /** Give blocks to the target, but for those of locked grids; returns how many were locked. */
  paint(blocks: Iterable<string>): number {
    const target = this.target;
    if (!target) return 0;
    const others = [...blocks].filter((block) => this.gridOf(block) !== target);
    const free = others.filter((block) => !this.locked.has(this.gridOf(block) ?? ""));
    if (free.length) {
      const compound = this.blocks.get(free[0]!)?.properties.compound;
      const whole = compound ? this.blocksOfCompound(compound).sort() : [];
      const isCompound = whole.length > 0 && JSON.stringify(whole) === JSON.stringify([...free].sort());
      if (isCompound) this.do({ kind: "transfer", compound: compound!, grid: target });
      else this.do({ kind: "paint", blocks: free.sort(), grid: target });
    }
    return others.length - free.length;
  }

  lock(grid: string, locked: boolean): void {
    if (locked) this.locked.add(grid);
    else this.locked.delete(grid);
    this.store?.setItem(this.lockKey, JSON.stringify([...this.locked]));
    this.hooks.changed();
  }

  /** Decide on the draft exactly as it is seen here. */
  async decide(step: string, body: unknown): Promise<void> {
    await drafts.change(this.draft.id, step, this.hooks.actor(), this.draft.version, body);
    this.draft = await drafts.getDraft(this.draft.id);
    this.hooks.changed();
  }

  /** Read the draft again if others changed it; true if so. */
  async lookForOthers(): Promise<boolean> {
    if (this.outbox.waiting.length) return false;
    const now = await drafts.getDraft(this.draft.id);
    if (this.outbox.waiting.length || now.version < this.draft.version) return false;
    const other = now.version > this.draft.version;
    if (other) await this.reload();
    else if (now.state !== this.draft.state) {
      this.draft = now;
      this.hooks.changed();
    }
    return other;
  }

  async reload(): Promise<void> {
    for (;;) {
      const state = await drafts.getState(this.draft.id);
      const blocks = await drafts.getBlocks(this.draft.id);
      const draft = await drafts.getDraft(this.draft.id);
      if (draft.version !== state.version) continue; // somebody worked on between the three
      this.draft = draft;
      this.freehand = state.freehand;
      this.takeGrids(state.grids, true);
      this.blocks.clear();
      for (const block of blocks.features) this.blocks.set(block.id, block);
      this.forgetGone();
      this.hooks.reshaped(blocks, [], true);
      this.hooks.changed();
      return;
    }
  }

  private get lockKey(): string {
    return `jingwei.plan-locks.${this.draft.id}`;
  }

  private async follow(edit: Edit): Promise<void> {
    if (edit.merged_over.length) return this.reload(); // what others did came with it
    this.draft = { ...this.draft, version: edit.version };
    const gone: string[] = [];
    for (const block of edit.shapes.features) this.blocks.set(block.id, block);
    for (const [code, grid] of Object.entries(edit.grid_of)) {
      const block = this.blocks.get(code);
      if (grid === null) {
        this.blocks.delete(code);
        gone.push(code);
      } else if (block) block.properties.grid = grid;
    }
    for (const code of edit.closed) this.grids.delete(code);
    this.takeGrids(edit.grids, false);
    this.forgetGone();
    this.foresee();
    this.hooks.reshaped(edit.shapes, gone, false);
    this.hooks.changed();
    window.clearTimeout(this.settling);
    this.settling = window.setTimeout(() => void this.refreshFigures(), SETTLED_MS);
  }

  /** Deviation and open cases of all grids follow from those that were touched. */
  private async refreshFigures(): Promise<void> {
    if (this.outbox.waiting.length) return;
    const state = await drafts.getState(this.draft.id).catch(() => null);
    if (state?.version !== this.draft.version || this.outbox.waiting.length) return;
    this.takeGrids(state.grids, true);
    this.hooks.changed();
  }

  private takeGrids(grids: Grid[], all: boolean): void {
    if (all) this.grids.clear();
    for (const grid of grids) {
      const open_cases = grid.open_cases ?? this.grids.get(grid.code)?.open_cases ?? null;
      this.grids.set(grid.code, { ...grid, open_cases });
    }
  }

  private forgetGone(): void {
    for (const block of this.selected) if (!this.blocks.has(block)) this.selected.delete(block);
    for (const grid of this.locked) if (!this.grids.has(grid)) this.locked.delete(grid);
    if (this.target && !this.grids.has(this.target)) this.target = null;
  }

  /** Show at once what waits to be stored. */
  private foresee(): void {
    this.awaited = new Map();
    for (const { path, body } of this.outbox.waiting) {
      if (path !== "operations") continue;
      const { grid, blocks } = this.leadsTo(body as Operation);
      for (const block of blocks) this.awaited.set(block, grid);
    }
  }

  /** Which blocks an operation gives to which grid, as far as that is known before it is done. */
  private leadsTo(operation: Operation): { grid: string; blocks: string[] } {
    switch (operation.kind) {
      case "paint":
        return { grid: operation["grid"] as string, blocks: operation["blocks"] as string[] };
      case "transfer":
        return { grid: operation["grid"] as string, blocks: this.blocksOfCompound(operation["compound"] as string) };
      case "merge": {
        const grids = operation["grids"] as string[];
        return { grid: operation["into"] as string, blocks: grids.flatMap((each) => this.blocksOf(each)) };
      }
      default:
        return { grid: "", blocks: [] };
    }
  }
}
