/** The map of a draft: its blocks in the colours of their grids, and gestures that gather blocks. */

import Feature from "ol/Feature";
import OlMap from "ol/Map";
import View from "ol/View";
import GeoJSON from "ol/format/GeoJSON";
import MVT from "ol/format/MVT";
import type { Geometry, Polygon } from "ol/geom";
import { defaults as defaultInteractions } from "ol/interaction/defaults";
import LineString from "ol/geom/LineString";
import MultiLineString from "ol/geom/MultiLineString";
import Point from "ol/geom/Point";
import VectorLayer from "ol/layer/Vector";
import VectorImageLayer from "ol/layer/VectorImage";
import VectorTileLayer from "ol/layer/VectorTile";
import { fromLonLat, toLonLat, transformExtent } from "ol/proj";
import { getRenderPixel } from "ol/render";
import VectorSource from "ol/source/Vector";
import VectorTileSource from "ol/source/VectorTile";
import { townStyle } from "../shared/style";
import { arcsOf, bordersOf, type Arc, type Point as Coordinate } from "./borders";
import type { Blocks } from "./drafts";
import { GatherInteraction, type Gesture } from "./gather";
import type { LonLat } from "./line";
import * as styles from "./styles";

export type Box = [number, number, number, number];

interface Look {
  /** The grid a block is shown in: what is stored, or what waits to be. */
  gridOf: (block: string) => string | undefined;
  fillOf: (grid: string | undefined) => string;
  nameOf: (grid: string) => string;
}

interface Listeners extends Look {
  /** Blocks were gathered by a gesture; with `look` one block was only pointed at. */
  gathered: (blocks: string[], gesture: Gesture) => void;
  /** A line was drawn, or a vertex pulled; degrees. */
  lined: (line: LonLat[], gesture: Gesture) => void;
  drawn: () => unknown;
}

const READ = { dataProjection: "EPSG:4326", featureProjection: "EPSG:3857" };
const MOVE_MS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 250;
const NEAR_ZOOM = 17;

export class PlanMap {
  arcs: Arc[] = [];
  private readonly blocks = new VectorSource();
  private readonly borders = new VectorSource();
  private readonly names = new VectorSource();
  private readonly gathered = new VectorSource();
  private readonly marked = new VectorSource();
  private readonly town: VectorTileLayer;
  private readonly blockLayer: VectorImageLayer;
  private readonly today: VectorLayer<VectorSource>;
  private swiped = 0;
  private readonly map: OlMap;
  private readonly gather: GatherInteraction;

  constructor(
    private readonly target: HTMLElement,
    private readonly listeners: Listeners,
  ) {
    this.town = new VectorTileLayer({
      source: new VectorTileSource({ format: new MVT(), url: "/tiles/{z}/{x}/{y}.mvt", maxZoom: 17 }),
      style: townStyle(new Set(["grids", "communities", "compounds", "centres"])),
      declutter: true,
      visible: false,
    });
    this.blockLayer = new VectorImageLayer({
      source: this.blocks,
      style: (feature) => styles.block(listeners.fillOf(listeners.gridOf(String(feature.getId())))),
      imageRatio: 1,
    });
    const borderLayer = new VectorImageLayer({ source: this.borders, style: styles.BORDER, imageRatio: 1 });
    this.today = new VectorLayer({
      source: new VectorSource(),
      style: (feature) => styles.today(listeners.fillOf(String(feature.get("code")))),
      visible: false,
    });
    this.today.on("prerender", (event) => {
      const context = event.context as CanvasRenderingContext2D;
      const [width, height] = this.map.getSize() as [number, number];
      const corners = [[0, 0], [this.swiped * width, 0], [this.swiped * width, height], [0, height]];
      context.save();
      context.beginPath();
      for (const corner of corners) context.lineTo(...(getRenderPixel(event, corner) as [number, number]));
      context.clip();
    });
    this.today.on("postrender", (event) => (event.context as CanvasRenderingContext2D).restore());
    const nameLayer = new VectorLayer({
      source: this.names,
      declutter: true,
      minZoom: 14.2,
      style: (feature) => styles.name(String(feature.get("words"))),
    });
    this.map = new OlMap({
      target,
      layers: [
        this.town,
        this.blockLayer,
        borderLayer,
        this.today,
        new VectorLayer({ source: this.gathered, style: styles.GATHERED, updateWhileInteracting: true }),
        new VectorLayer({ source: this.marked, style: styles.MARKED }),
        nameLayer,
      ],
      view: new View({ center: [0, 0], zoom: 12, minZoom: 9, maxZoom: 20, enableRotation: false }),
      controls: [],
      interactions: defaultInteractions({ doubleClickZoom: false }), // quick clicks paint
    });
    this.gather = new GatherInteraction(this.blocks, {
      changed: (more, trace) => this.showGathered(more, trace),
      ended: () => this.gathered.clear(true),
      done: (codes, gesture) => listeners.gathered(codes, gesture),
      drawn: (line, gesture) => listeners.lined(line.map((point) => toLonLat(point) as LonLat), gesture),
    });
    this.map.addInteraction(this.gather);
    target.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== target) return;
      const at = this.blocks.getFeaturesAtCoordinate(this.map.getView().getCenter()!);
      const codes = at.slice(0, 1).map((feature) => String(feature.getId()));
      if (codes.length) listeners.gathered(codes, this.gather.gesture === "click" || this.gather.gesture === "brush" ? "click" : "look");
    });
    this.map.on("rendercomplete", () => this.blocks.getFeatures().length && listeners.drawn());
    new ResizeObserver(() => this.map.updateSize()).observe(target);
  }

  /** What the pointer does: look, click, brush or lasso; the brush reaches `radius` pixels. */
  use(gesture: Gesture, radius: number): void {
    this.gather.gesture = gesture;
    this.gather.radius = radius;
    this.target.dataset["gesture"] = gesture;
  }

  load(found: Blocks): void {
    const features = new GeoJSON().readFeatures(found, READ);
    this.blocks.clear(true);
    this.blocks.addFeatures(features);
    this.findArcs();
  }

  /** Blocks whose shape changed; those that are gone are taken off. */
  reshape(found: Blocks, gone: string[]): void {
    if (!found.features.length && !gone.length) return;
    const features = new GeoJSON().readFeatures(found, READ);
    for (const code of [...gone, ...features.map((each) => String(each.getId()))]) {
      const old = this.blocks.getFeatureById(code);
      if (old) this.blocks.removeFeature(old as Feature);
    }
    this.blocks.addFeatures(features);
    this.findArcs();
  }

  /** Draw again after blocks changed hands. */
  recolour(): void {
    this.blockLayer.changed();
    const { gridOf, nameOf } = this.listeners;
    this.borders.clear(true);
    this.borders.addFeature(new Feature(new MultiLineString(bordersOf(this.arcs, gridOf))));
    const greatest = new Map<string, [number, Feature]>();
    for (const feature of this.blocks.getFeatures()) {
      const grid = gridOf(String(feature.getId()));
      const area = (feature.getGeometry() as Polygon).getArea();
      if (grid && area > (greatest.get(grid)?.[0] ?? 0)) greatest.set(grid, [area, feature]);
    }
    this.names.clear(true);
    this.names.addFeatures(
      [...greatest].map(([grid, [, feature]]) => {
        const [x, y] = middleOf(feature.getGeometry()!);
        return new Feature({ geometry: new Point([x, y]), words: nameOf(grid) });
      }),
    );
  }

  /** Mark blocks, for example those that are selected. */
  mark(codes: Iterable<string>): void {
    this.marked.clear(true);
    this.marked.addFeatures(this.copies(codes));
  }

  /** Bring blocks into sight; false where none of them is on the map. */
  lookAt(codes: Iterable<string>): boolean {
    const shapes = this.copies(codes).map((feature) => feature.getGeometry()!.getExtent());
    if (!shapes.length) return false;
    const extent = shapes.reduce(([w, s, e, n], [a, b, c, d]) => [
      Math.min(w!, a!), Math.min(s!, b!), Math.max(e!, c!), Math.max(n!, d!),
    ]);
    this.map.getView().fit(extent, { padding: [60, 60, 60, 60], maxZoom: NEAR_ZOOM, duration: MOVE_MS });
    return true;
  }

  lookAtPoint(lon: number, lat: number): void {
    this.map.getView().animate({ center: fromLonLat([lon, lat]), zoom: NEAR_ZOOM, duration: MOVE_MS });
  }

  lookAtBox(box: Box): void {
    this.map.getView().fit(transformExtent(box, "EPSG:4326", "EPSG:3857"), { padding: [8, 8, 8, 8] });
    this.town.setVisible(true);
  }

  zoomBy(step: number): void {
    const view = this.map.getView();
    view.animate({ zoom: (view.getZoom() ?? 12) + step, duration: MOVE_MS });
  }

  /** Show the grids in force on the left part of the map, as a share of its width; null: not at all. */
  swipe(share: number | null): void {
    this.swiped = share ?? 0;
    this.today.setVisible(share !== null);
    this.today.changed();
    this.map.render();
  }

  /** The grids in force, for `swipe`. */
  loadToday(grids: unknown): void {
    this.today.getSource()!.clear(true);
    this.today.getSource()!.addFeatures(new GeoJSON().readFeatures(grids, READ));
  }

  showTown(shown: boolean): void {
    this.town.setVisible(shown);
  }

  private copies(codes: Iterable<string>): Feature<Geometry>[] {
    return [...codes].flatMap((code) => {
      const found = this.blocks.getFeatureById(code) as Feature | null;
      return found ? [new Feature(found.getGeometry()!)] : [];
    });
  }

  private showGathered(more: readonly string[], trace: readonly Coordinate[]): void {
    if (trace.length > 1) this.gathered.clear(true);
    this.gathered.addFeatures(this.copies(more));
    if (trace.length > 1) this.gathered.addFeature(new Feature(new LineString([...trace])));
  }

  private findArcs(): void {
    this.arcs = arcsOf(
      this.blocks.getFeatures().map((feature) => {
        const shape = feature.getGeometry()!;
        const nested = shape.getType() === "Polygon"
          ? (shape as Polygon).getCoordinates()
          : (shape as unknown as { getCoordinates(): Coordinate[][][] }).getCoordinates().flat();
        return { code: String(feature.getId()), rings: nested as Coordinate[][] };
      }),
    );
  }
}

/** A point inside a block, for its name. */
function middleOf(shape: Geometry): Coordinate {
  const polygon = shape as Polygon & { getInteriorPoints?: () => { getCoordinates(): number[][] } };
  const inside = polygon.getInteriorPoints
    ? polygon.getInteriorPoints().getCoordinates()[0]!
    : polygon.getInteriorPoint().getCoordinates();
  return [inside[0]!, inside[1]!];
}

