/** How a draft is drawn. */

import { Circle, Fill, Stroke, Style, Text } from "ol/style";
import { COLOURS, FONT } from "../shared/style";

const kept = new Map<string, Style>();

/** A block in the colour of its grid, thin enough for the streets below to show. */
export function block(fill: string): Style {
  let style = kept.get(fill);
  if (!style) {
    style = new Style({
      fill: new Fill({ color: `${fill}b8` }),
      stroke: new Stroke({ color: "#ffffffb0", width: 0.7 }),
    });
    kept.set(fill, style);
  }
  return style;
}

/** A grid in force, opaque: what the draft makes of it must not show through. */
export function today(fill: string): Style {
  return new Style({
    fill: new Fill({ color: fill }),
    stroke: new Stroke({ color: "#1d2733", width: 1.8, lineDash: [8, 4] }),
  });
}

export const BORDER = [
  new Style({ stroke: new Stroke({ color: "#ffffffd0", width: 4 }) }),
  new Style({ stroke: new Stroke({ color: COLOURS.grid, width: 1.8 }) }),
];

export const GATHERED = new Style({
  fill: new Fill({ color: "rgba(224,138,0,0.45)" }),
  stroke: new Stroke({ color: "#8a4b00", width: 2 }),
});

export const MARKED = [
  new Style({ stroke: new Stroke({ color: "#ffffff", width: 6 }) }),
  new Style({
    fill: new Fill({ color: "rgba(255,214,0,0.3)" }),
    stroke: new Stroke({ color: "#1d2733", width: 2.5, lineDash: [6, 4] }),
    image: new Circle({ radius: 7, fill: new Fill({ color: "#1d2733" }) }),
  }),
];

export function name(words: string): Style {
  return new Style({
    text: new Text({
      text: words,
      font: `600 12px ${FONT}`,
      fill: new Fill({ color: "#2d1a57" }),
      stroke: new Stroke({ color: "rgba(255,255,255,0.9)", width: 3 }),
    }),
  });
}
