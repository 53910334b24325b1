/** Gestures that gather blocks: a click, a brush drawn over them, a lasso around them. */

import type Feature from "ol/Feature";
import type MapBrowserEvent from "ol/MapBrowserEvent";
import type { Polygon } from "ol/geom";
import PolygonShape from "ol/geom/Polygon";
import PointerInteraction from "ol/interaction/Pointer";
import type VectorSource from "ol/source/Vector";
import type { Point } from "./borders";
import { nearest } from "./line";

export type Gesture = "look" | "click" | "brush" | "lasso" | "line" | "vertex";

interface Ends {
  /** More blocks lie under the pointer's way since it went down; what it draws itself. */
  changed: (more: readonly string[], trace: readonly Point[]) => void;
  ended: () => void;
  done: (codes: string[], gesture: Gesture) => void;
  /** A line was drawn, or a vertex pulled from its first to its last point. */
  drawn: (line: Point[], gesture: Gesture) => void;
}

const REACH_PX = 12; // a pointer this near to a vertex has caught it
const STILL_PX = 4; // a pointer that moved less has clicked

export class GatherInteraction extends PointerInteraction {
  gesture: Gesture = "look";
  radius = 12;
  private codes = new Set<string>();
  private trace: Point[] = [];
  private began: Point = [0, 0];

  constructor(
    private readonly blocks: VectorSource,
    private readonly ends: Ends,
  ) {
    super();
  }

  override handleDownEvent(event: MapBrowserEvent): boolean {
    const button = (event.originalEvent as PointerEvent).button;
    if (button !== 0) return false;
    this.began = event.pixel as Point;
    this.codes = new Set();
    this.trace = [event.coordinate as Point];
    if (this.gesture === "brush") this.sweep(event);
    if (this.gesture === "line" || this.gesture === "vertex") {
      const caught = this.caught(event);
      if (!caught && this.gesture === "vertex") return false; // the map moves instead
      this.trace = [caught ?? this.trace[0]!];
    }
    return true;
  }

  /** The map must not move while the pointer paints. */
  override stopDown(handled: boolean): boolean {
    return handled && this.gesture !== "look" && this.gesture !== "click";
  }

  override handleDragEvent(event: MapBrowserEvent): void {
    if (this.gesture === "brush") this.sweep(event);
    if (this.gesture === "line" || this.gesture === "vertex") {
      const to = event.coordinate as Point;
      this.trace = [this.trace[0]!, this.gesture === "line" ? (this.caught(event) ?? to) : to];
      this.ends.changed([], this.trace);
    }
    if (this.gesture !== "lasso") return;
    this.trace.push(event.coordinate as Point);
    this.ends.changed([], this.trace);
  }

  override handleUpEvent(event: MapBrowserEvent): boolean {
    const [x, y] = event.pixel as Point;
    const still = Math.hypot(x - this.began[0], y - this.began[1]) < STILL_PX;
    if (this.gesture === "line" || this.gesture === "vertex") {
      this.ends.ended();
      if (!still || this.gesture === "vertex") this.ends.drawn(this.trace, this.gesture);
      return false;
    }
    if (this.gesture === "lasso" && this.trace.length > 3) this.enclose();
    else if (this.gesture !== "brush" && still) this.touch(event.coordinate as Point, 0);
    const codes = [...this.codes];
    this.ends.ended();
    if (codes.length) this.ends.done(codes, this.gesture);
    return false;
  }

  /** The vertex under the pointer, for all blocks that share it. */
  private caught(event: MapBrowserEvent): Point | null {
    const reach = REACH_PX * (event.map.getView().getResolution() ?? 1);
    const [x, y] = event.coordinate as Point;
    const near = this.blocks.getFeaturesInExtent([x - reach, y - reach, x + reach, y + reach]);
    const rings = near.flatMap((feature) => {
      const shape = feature.getGeometry()!;
      const nested = (shape as Polygon).getCoordinates() as unknown;
      return shape.getType() === "Polygon" ? (nested as number[][][]) : (nested as number[][][][]).flat();
    });
    return nearest(rings, [x, y], reach) as Point | null;
  }

  /** Gather what lies under the brush since the last event, however fast it moved. */
  private sweep(event: MapBrowserEvent): void {
    const resolution = event.map.getView().getResolution() ?? 1;
    const reach = this.radius * resolution;
    const to = event.coordinate as Point;
    const from = this.trace.at(-1)!;
    const before = this.codes.size;
    const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / Math.max(reach, resolution)));
    for (let step = 1; step <= steps; step++) {
      const part = step / steps;
      this.touch([from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])], reach);
    }
    this.trace = [to];
    this.ends.changed([...this.codes].slice(before), []);
  }

  private touch([x, y]: Point, reach: number): void {
    const note = (feature: Feature) => void this.codes.add(String(feature.getId()));
    if (reach === 0) this.blocks.getFeaturesAtCoordinate([x, y]).slice(0, 1).forEach(note);
    else this.blocks.forEachFeatureIntersectingExtent([x - reach, y - reach, x + reach, y + reach], note);
  }

  private enclose(): void {
    const ring = new PolygonShape([[...this.trace, this.trace[0]!]]);
    this.blocks.forEachFeatureInExtent(ring.getExtent(), (feature) => {
      const middle = (feature.getGeometry() as Polygon).getInteriorPoint?.().getCoordinates();
      if (middle && ring.intersectsCoordinate(middle)) this.codes.add(String(feature.getId()));
    });
  }
}
