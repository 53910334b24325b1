/** What a script adds to the public page: the map to tap on, the device's position, printing. */

import type * as Leaflet from "./leaflet";

declare const L: typeof Leaflet;

type LatLon = [number, number];

/** What the server put into the page to be drawn. */
interface Drawn {
  start: LatLon | null;
  near: [code: string, route: LatLon[]][];
  centres: [code: string, name: string, lat: number, lon: number][];
}

interface Ground {
  features: { properties: { kind: string; name: string | null }; geometry: unknown }[];
}

const DIGITS = 6; // a tenth of a metre
const LINES: Record<string, Leaflet.PathOptions> = {
  water: { stroke: false, fillColor: "#a9cfe4", fillOpacity: 1 },
  green: { stroke: false, fillColor: "#d3e6c8", fillOpacity: 1 },
  arterial: { color: "#d9a441", weight: 5 },
  bridge: { color: "#d9a441", weight: 5 },
  collector: { color: "#b9ad98", weight: 3 },
};

function part<T extends HTMLElement>(id: string): T | null {
  return document.getElementById(id) as T | null;
}

/** Send a position in the body of the form, so that it is in no address. */
function ask(lon: number, lat: number, datum: "wgs84" | "cgcs2000"): void {
  const form = part<HTMLFormElement>("here");
  if (!form) return;
  const filled = new FormData(part<HTMLFormElement>("ask") ?? undefined);
  const given: Record<string, string> = {
    lon: lon.toFixed(DIGITS),
    lat: lat.toFixed(DIGITS),
    datum,
    service: String(filled.get("service") ?? ""),
    at: String(filled.get("at") ?? ""),
  };
  for (const [name, value] of Object.entries(given)) {
    (form.elements.namedItem(name) as HTMLInputElement).value = value;
  }
  form.requestSubmit();
}

function offerPosition(): void {
  const button = part<HTMLButtonElement>("locate");
  const said = part("said");
  if (!button || !said || !("geolocation" in navigator)) return;
  button.hidden = false;
  part("locate-note")!.hidden = false;
  button.addEventListener("click", () => {
    said.textContent = button.dataset["busy"]!;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => ask(coords.longitude, coords.latitude, "wgs84"),
      () => (said.textContent = button.dataset["denied"]!),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
    );
  });
}

function drawMap(): void {
  const holder = part("map");
  const given = part("drawn");
  if (!holder || !given || typeof L === "undefined") return;
  const drawn = JSON.parse(given.textContent) as Drawn;
  part("map-part")!.hidden = false;
  const map = L.map(holder, { attributionControl: false, preferCanvas: true, maxZoom: 18 });
  const rank = new Map(drawn.near.map(([code], i) => [code, i + 1]));
  const seen: LatLon[] = drawn.start ? [drawn.start, ...drawn.near.flatMap(([, way]) => way)] : [];
  map.fitBounds(seen.length ? seen : drawn.centres.map(([, , lat, lon]) => [lat, lon]), { padding: [30, 30] });

  for (const [, way] of drawn.near) {
    L.polyline(way, { color: "#0b437a", weight: 5, opacity: 0.8, dashArray: "2 8" }).addTo(map);
  }
  for (const [code, name, lat, lon] of drawn.centres) {
    const number = rank.get(code);
    const size = number ? 30 : 14;
    const icon = L.divIcon({ className: "pin", html: number ? String(number) : "", iconSize: [size, size] });
    const pin = L.marker([lat, lon], { icon, title: name, alt: name, keyboard: Boolean(number), zIndexOffset: number ? 1000 : 0 });
    pin.addTo(map).bindTooltip(name);
    pin.on("click", () => {
      const entry = document.getElementById(`near-${code}`);
      if (!entry) return void location.assign(`/c/${code}${location.search}`);
      entry.tabIndex = -1;
      entry.focus();
    });
  }
  if (drawn.start) {
    const you = holder.dataset["you"]!;
    L.circleMarker(drawn.start, { radius: 9, color: "#fff", weight: 3, fillColor: "#9b1220", fillOpacity: 1 }).addTo(map).bindTooltip(you);
  }
  map.on("click", (event) => ask(event.latlng.lng, event.latlng.lat, "cgcs2000"));
  holder.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== holder) return;
    const middle = map.getCenter();
    ask(middle.lng, middle.lat, "cgcs2000");
  });
  void drawGround(map);
}

async function drawGround(map: Leaflet.LeafletMap): Promise<void> {
  try {
    const answer = await fetch("/public/ground.json");
    if (!answer.ok) return;
    const ground = (await answer.json()) as Ground;
    const layer = L.geoJSON(ground, { style: (shape) => LINES[shape.properties.kind]!, interactive: false });
    layer.addTo(map).bringToBack();
    document.body.dataset["drawn"] = "yes";
  } catch {
    // without its ground the map still shows where the centres are
  }
}

function offerPrint(): void {
  const button = part<HTMLButtonElement>("print");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const closed of document.querySelectorAll<HTMLDetailsElement>("ol.near details")) closed.open = true;
    window.print();
  });
}

offerPosition();
offerPrint();
drawMap();
