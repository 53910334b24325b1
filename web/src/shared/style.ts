/** How the town is drawn: one style function for the vector tiles, kept cheap for old PCs. */

import type { FeatureLike } from "ol/Feature";
import { Circle, Fill, Stroke, Style, Text } from "ol/style";
import { nameOf } from "./i18n";

export const FONT = '"Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", system-ui, sans-serif';

export const COLOURS = {
  land: "#f6f3ec",
  water: "#a9d0ea",
  green: "#cfe5bd",
  compound: "#ebe3d5",
  institution: "#e3dfec",
  village: "#efe6d2",
  building: "#cdbfae",
  arterial: "#fbd27a",
  arterialCase: "#c9962f",
  street: "#ffffff",
  streetCase: "#c4bbab",
  grid: "#5b3f92",
  community: "#b3306f",
  subdistrict: "#7d1747",
  centre: "#c8102e",
};

/** Soft grounds by which neighbouring communities are told apart. */
const TINTS = ["#f7d7c4", "#d5e8d4", "#d7e3f4", "#f6ecc2", "#e6daf0", "#d3ecec", "#f3d9e3"];

export type Group = "grids" | "communities" | "compounds" | "buildings" | "streets" | "centres";
export const GROUPS: Group[] = ["grids", "communities", "compounds", "buildings", "streets", "centres"];

const WIDTHS: Record<string, [number, number][]> = {
  arterial: [[11, 1.2], [13, 3], [15, 8], [17, 20]],
  bridge: [[11, 1.2], [13, 2.5], [15, 7], [17, 18]],
  collector: [[12, 0.8], [14, 2.6], [15, 5], [17, 13]],
  lane: [[14, 1], [15, 2.2], [17, 7]],
  path: [[15, 0.8], [17, 2.5]],
};

/** A width between the stops of a street class at a zoom. */
export function widthAt(kind: string, zoom: number): number {
  const stops = WIDTHS[kind] ?? WIDTHS["lane"]!;
  const first = stops[0]!;
  if (zoom <= first[0]) return first[1];
  for (let i = 1; i < stops.length; i++) {
    const [z1, w1] = stops[i]!;
    const [z0, w0] = stops[i - 1]!;
    if (zoom <= z1) return w0 + ((zoom - z0) / (z1 - z0)) * (w1 - w0);
  }
  return stops[stops.length - 1]![1] * 2 ** (zoom - stops[stops.length - 1]![0]);
}

const kept = new Map<string, Style | Style[]>();

/** A style made once for each key. */
function once(key: string, make: () => Style | Style[]): Style | Style[] {
  let style = kept.get(key);
  if (!style) kept.set(key, (style = make()));
  return style;
}

function area(fill: string, zIndex: number, stroke?: string, width = 1): Style {
  return new Style({
    fill: new Fill({ color: fill }),
    ...(stroke ? { stroke: new Stroke({ color: stroke, width }) } : {}),
    zIndex,
  });
}

function line(color: string, width: number, zIndex: number, dash?: number[]): Style {
  const stroke = new Stroke({ color, width, lineCap: dash ? "butt" : "round", lineJoin: "round" });
  if (dash) stroke.setLineDash(dash);
  return new Style({ stroke, zIndex });
}

interface Label {
  size: number;
  color: string;
  zIndex: number;
  weight?: string;
  along?: boolean;
  halo?: string;
}

function label(words: string, { size, color, zIndex, weight, along, halo }: Label): Style {
  return new Style({
    text: new Text({
      text: words,
      font: `${weight ?? "normal"} ${size}px ${FONT}`,
      fill: new Fill({ color }),
      stroke: new Stroke({ color: halo ?? "rgba(255,255,255,0.9)", width: 3 }),
      placement: along ? "line" : "point",
      maxAngle: 0.5,
      overflow: false,
      repeat: 420,
      padding: [2, 6, 2, 6],
    }),
    zIndex,
  });
}

function tintOf(code: string): string {
  // near serials are near on the ground: a step of 3 keeps neighbours apart
  return TINTS[(Number(code.slice(-3)) * 3 + Number(code.slice(8, 9)) * 2) % TINTS.length]!;
}

function street(feature: FeatureLike, zoom: number): Style[] {
  const kind = String(feature.get("class"));
  const width = widthAt(kind, zoom);
  const big = kind === "arterial" || kind === "bridge";
  const z = { path: 20, lane: 22, collector: 24, bridge: 28, arterial: 26 }[kind] ?? 22;
  return once(`street ${kind} ${zoom.toFixed(1)}`, () => {
    const fill = big ? COLOURS.arterial : COLOURS.street;
    if (kind === "path") return [line("#b9ad98", width, z, [4, 3])];
    if (width < 1.6) return [line(big ? COLOURS.arterialCase : "#d8d0c2", width, z)];
    return [
      line(big ? COLOURS.arterialCase : COLOURS.streetCase, width + 1.6, 19),
      line(fill, width, z),
    ];
  }) as Style[];
}

function streetLabel(feature: FeatureLike, zoom: number): Style | undefined {
  const kind = String(feature.get("class"));
  const from = { arterial: 13.5, bridge: 15, collector: 14.5, lane: 16 }[kind] ?? 17;
  if (zoom < from) return undefined;
  const size = kind === "arterial" ? 13 : 12;
  return label(nameOf(feature.getProperties() as { name: string; name_en?: string }), {
    size, color: "#5f5340", zIndex: 60, along: true,
  });
}

/** A community's name as it stands on the map: without the word that all have, long ones broken. */
export function communityName(name: string): string {
  const short = name.replace(/ Community$/, "");
  if (/^[\x20-\x7e]+$/.test(short)) return short.replace(/(.{12,}?) /g, "$1\n");
  return short.length > 8 ? short.replace(/^(.{4,}?[市省学])/, "$1\n") : short;
}

/** The style of one feature of the tiles; undefined where it is not drawn. */
export function townStyle(hidden: ReadonlySet<Group>) {
  return (feature: FeatureLike, resolution: number): Style | Style[] | undefined => {
    const zoom = Math.log2(156543.03392804097 / resolution);
    const layer = String(feature.get("layer"));
    const kind = String(feature.get("kind") ?? "");
    switch (layer) {
      case "areas":
        return once(`area ${kind}`, () => area(kind === "water" ? COLOURS.water : COLOURS.green, 5));
      case "communities": {
        if (hidden.has("communities")) return undefined;
        const tint = tintOf(String(feature.get("code")));
        const shade = zoom < 15 ? "b0" : "55";
        return once(`community ${tint} ${shade} ${zoom > 14}`, () => [
          area(tint + shade, 1),
          line("#ffffffb0", zoom > 14 ? 5 : 3.2, 40),
          line(COLOURS.community, zoom > 14 ? 2.2 : 1.4, 41),
        ]);
      }
      case "subdistricts":
        return once(`subdistrict ${zoom > 14}`, () => line(COLOURS.subdistrict, zoom > 14 ? 4.5 : 3, 42));
      case "grids":
        if (hidden.has("grids")) return undefined;
        return once(`grid ${zoom.toFixed(0)}`, () => line(`${COLOURS.grid}${zoom < 13 ? "80" : "d0"}`, zoom < 14 ? 0.8 : 1.6, 38, zoom < 14 ? undefined : [7, 4]));
      case "compounds": {
        if (hidden.has("compounds")) return undefined;
        const fill = kind === "institution" ? COLOURS.institution : kind === "village" ? COLOURS.village : COLOURS.compound;
        return once(`compound ${kind}`, () => area(fill, 8, "#b7a98f", 1));
      }
      case "buildings":
        if (hidden.has("buildings")) return undefined;
        return once(`building ${Number(feature.get("floors")) > 10}`, () =>
          area(Number(feature.get("floors")) > 10 ? "#b9a48c" : COLOURS.building, 12, "#9d8a72", 0.7));
      case "streets":
        return hidden.has("streets") ? undefined : street(feature, zoom);
      case "street_labels":
        return hidden.has("streets") ? undefined : streetLabel(feature, zoom);
      case "centres": {
        if (hidden.has("centres")) return undefined;
        const regional = kind === "regional";
        if (!regional && zoom < 14) return undefined;
        const mark = new Style({
          image: new Circle({
            radius: regional ? 8 : 5,
            fill: new Fill({ color: COLOURS.centre }),
            stroke: new Stroke({ color: "#fff", width: 2 }),
          }),
          zIndex: regional ? 90 : 80,
        });
        if (!(regional ? zoom >= 13 : zoom >= 16)) return mark;
        const words = label(nameOf(feature.getProperties() as { name: string }), {
          size: 12, color: "#8c0b20", zIndex: regional ? 90 : 62, weight: "600",
        });
        words.getText()?.setOffsetY(regional ? 17 : 14);
        return [mark, words];
      }
      case "community_labels":
        if (hidden.has("communities") || zoom < 12.4) return undefined;
        return label(communityName(nameOf(feature.getProperties() as { name: string })), {
          size: zoom > 14 ? 16 : 13, color: "#8a2255", zIndex: 85, weight: "600",
        });
      case "grid_labels": {
        if (hidden.has("grids") || zoom < 14.6) return undefined;
        const words = nameOf(feature.getProperties() as { name: string });
        // under its community's name the number alone is enough, until there is room
        const short = zoom < 16 ? (words.match(/第\d+网格|Grid \d+/)?.[0] ?? words) : words;
        return label(short, { size: 12, color: "#472c80", zIndex: 70 });
      }
      case "compound_labels":
        if (hidden.has("compounds") || zoom < 15.5) return undefined;
        return label(nameOf(feature.getProperties() as { name: string }), { size: 12, color: "#5b4d36", zIndex: 65 });
      default:
        return undefined;
    }
  };
}

/** How the responsible grid is marked. */
export const CHOSEN = [
  new Style({ stroke: new Stroke({ color: "#ffffff", width: 7 }), fill: new Fill({ color: "rgba(15,76,129,0.14)" }) }),
  new Style({ stroke: new Stroke({ color: "#0f4c81", width: 3.5 }) }),
];

/** The place that was asked about. */
export const PIN = new Style({
  image: new Circle({ radius: 8, fill: new Fill({ color: "#0f4c81" }), stroke: new Stroke({ color: "#fff", width: 3 }) }),
});
