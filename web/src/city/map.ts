/** The map of the town: our own vector tiles, the grid that was found, the place asked about. */

import Feature from "ol/Feature";
import OlMap from "ol/Map";
import View from "ol/View";
import { Attribution } from "ol/control";
import GeoJSON from "ol/format/GeoJSON";
import MVT from "ol/format/MVT";
import Point from "ol/geom/Point";
import VectorLayer from "ol/layer/Vector";
import VectorTileLayer from "ol/layer/VectorTile";
import { fromLonLat, toLonLat, transformExtent } from "ol/proj";
import VectorSource from "ol/source/Vector";
import VectorTileSource from "ol/source/VectorTile";
import type { Feature as GeoFeature } from "../shared/api";
import { CHOSEN, PIN, townStyle, type Group } from "../shared/style";

export type Box = [number, number, number, number];

interface Listeners {
  /** A place on the map was asked about, degrees. */
  asked: (lon: number, lat: number) => void;
  /** Tiles could not be had. */
  gone: () => void;
  /** All that is to be seen is drawn. */
  drawn: () => unknown;
}

const PLACE_ZOOM = 17;
const MOVE_MS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 250;

export class TownMap {
  readonly hidden = new Set<Group>();
  private readonly tiles = new VectorTileSource({
    format: new MVT(),
    url: "/tiles/{z}/{x}/{y}.mvt",
    maxZoom: 17,
    attributions: "",
  });
  private readonly town = new VectorTileLayer({
    source: this.tiles,
    declutter: true,
    renderBuffer: 128,
    style: townStyle(this.hidden),
    visible: false, // until it is known where the city is
  });
  private readonly chosen = new VectorSource();
  private readonly place = new VectorSource();
  private readonly map: OlMap;

  constructor(target: HTMLElement, listeners: Listeners) {
    this.map = new OlMap({
      target,
      layers: [
        this.town,
        new VectorLayer({ source: this.chosen, style: CHOSEN }),
        new VectorLayer({ source: this.place, style: PIN }),
      ],
      view: new View({ center: [0, 0], zoom: 12, minZoom: 9, maxZoom: 20, enableRotation: false }),
      controls: [new Attribution({ collapsible: false })],
    });
    this.map.on("singleclick", ({ coordinate }) => {
      const [lon, lat] = toLonLat(coordinate) as [number, number];
      listeners.asked(lon, lat);
    });
    target.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== target) return;
      const [lon, lat] = this.centre();
      listeners.asked(lon, lat);
    });
    this.tiles.on("tileloaderror", listeners.gone);
    this.map.on("rendercomplete", () => this.town.getVisible() && listeners.drawn());
    new ResizeObserver(() => this.map.updateSize()).observe(target);
  }

  /** The middle of what is seen, degrees. */
  centre(): [number, number] {
    return toLonLat(this.map.getView().getCenter()!) as [number, number];
  }

  /** Look at a box of degrees, west south east north; no nearer than one place deserves. */
  look(box: Box, options: { far?: boolean } = {}): void {
    const extent = transformExtent(box, "EPSG:4326", "EPSG:3857");
    this.map.getView().fit(extent, {
      padding: options.far ? [8, 8, 8, 8] : [70, 60, 60, 60],
      maxZoom: PLACE_ZOOM,
      duration: options.far ? 0 : MOVE_MS,
    });
    this.town.setVisible(true);
  }

  zoomBy(step: number): void {
    const view = this.map.getView();
    view.animate({ zoom: (view.getZoom() ?? 12) + step, duration: MOVE_MS });
  }

  /** Put the pin at a place, and bring it into sight if it is not. */
  pin(lon: number, lat: number): void {
    const at = fromLonLat([lon, lat]);
    this.place.clear();
    this.place.addFeature(new Feature(new Point(at)));
    const view = this.map.getView();
    const [x, y] = this.map.getPixelFromCoordinate(at) ?? [-1, -1];
    const [width, height] = this.map.getSize() ?? [0, 0];
    const seen = x! > 20 && y! > 20 && x! < width! - 20 && y! < height! - 20;
    if (!seen) view.animate({ center: at, duration: MOVE_MS });
  }

  /** Mark the ground of a unit; null takes the mark away. */
  choose(unit: GeoFeature | null): void {
    this.chosen.clear();
    if (!unit) return;
    const read = new GeoJSON().readFeatures(
      { type: "FeatureCollection", features: [{ type: "Feature", ...unit }] },
      { dataProjection: "EPSG:4326", featureProjection: "EPSG:3857" },
    );
    this.chosen.addFeatures(read);
  }

  clear(): void {
    this.chosen.clear();
    this.place.clear();
  }

  show(group: Group, shown: boolean): void {
    if (shown) this.hidden.delete(group);
    else this.hidden.add(group);
    this.redraw();
  }

  /** Draw again, for example in another language. */
  redraw(): void {
    this.town.setStyle(townStyle(this.hidden));
  }

  /** Ask for the tiles again after the service was gone. */
  reload(): void {
    this.tiles.refresh();
  }
}
