/** The part of Leaflet 1.9 that the public page uses; it is loaded beside the page's script. */

type Place = [number, number];

export interface PathOptions {
  color?: string;
  weight?: number;
  opacity?: number;
  dashArray?: string;
  stroke?: boolean;
  radius?: number;
  fillColor?: string;
  fillOpacity?: number;
}
export interface LeafletMap {
  fitBounds(places: Place[], options?: { padding: Place }): this;
  getCenter(): { lat: number; lng: number };
  on(name: "click", act: (event: { latlng: { lat: number; lng: number } }) => void): this;
}
export interface Layer {
  addTo(map: LeafletMap): this;
  bindTooltip(words: string): this;
  bringToBack(): this;
  on(name: "click", act: () => void): this;
}
export interface Icon {
  readonly options: object;
}
export function map(
  holder: HTMLElement,
  options: { attributionControl: boolean; preferCanvas: boolean; maxZoom: number },
): LeafletMap;
export function polyline(places: Place[], options: PathOptions): Layer;
export function circleMarker(place: Place, options: PathOptions): Layer;
export function divIcon(options: { className: string; html: string; iconSize: Place }): Icon;
export function marker(
  place: Place,
  options: { icon: Icon; title: string; alt: string; keyboard: boolean; zIndexOffset: number },
): Layer;
export function geoJSON(
  shapes: unknown,
  options: {
    style: (shape: { properties: { kind: string } }) => PathOptions;
    interactive: boolean;
  },
): Layer;
