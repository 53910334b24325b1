/** The map of the city: ask which grid answers for a place, and report from there. */

import { Gone, feature, getCity, locate } from "../shared/api";
import type { City, Datum, Feature, Incident, Located, Place } from "../shared/api";
import { byId, el, explain, translate } from "../shared/dom";
import { chooseLang, keptLang, lang, setLang, t, type Key } from "../shared/i18n";
import { COLOURS, GROUPS, type Group } from "../shared/style";
import * as answer from "./answer";
import { TownMap } from "./map";
import { reportForm } from "./report";
import { searchBox } from "./search";

/** What stands beside the map. */
type View =
  | { kind: "welcome" }
  | { kind: "asking" }
  | { kind: "located"; found: Located; place: Place | null; known: Feature | null }
  | { kind: "unit"; place: Place }
  | { kind: "reporting"; found: Located }
  | { kind: "sent"; incident: Incident }
  | { kind: "failed"; error: unknown; retry: () => void };

let city: City | null = null;
let view: View = { kind: "welcome" };
let asked = 0; // only the newest question may answer

const side = byId("answer");
const map = new TownMap(byId("map"), {
  asked: (lon, lat) => void ask(lon, lat, "cgcs2000"),
  gone: offline,
  drawn: () => (document.body.dataset["drawn"] = "yes"),
});

function show(next: View, focus = true): void {
  view = next;
  side.replaceChildren(...nodes());
  side.setAttribute("aria-busy", String(next.kind === "asking"));
  if (focus && next.kind !== "asking" && next.kind !== "welcome") {
    side.focus({ preventScroll: true });
    const sheet = byId("side");
    const phone = matchMedia("(max-width: 700px)").matches;
    sheet.scrollTop = phone ? side.offsetTop - sheet.offsetTop - 12 : 0;
  }
}

function nodes(): Node[] {
  switch (view.kind) {
    case "welcome":
      return answer.welcome(city);
    case "asking":
      return [el("p", { class: "quiet", role: "status" }, t("loading"))];
    case "located": {
      const { found, place, known } = view;
      const about = place ? answer.place(place, known) : [];
      return [...about, ...answer.located(found, city, () => show({ kind: "reporting", found }))];
    }
    case "unit":
      return answer.unit(view.place);
    case "reporting": {
      const { found } = view;
      if (!city) return answer.welcome(city);
      return [
        reportForm(found, city, {
          sent: (incident) => show({ kind: "sent", incident }),
          cancelled: () => show({ kind: "located", found, place: null, known: null }),
        }),
      ];
    }
    case "sent":
      return answer.sent(view.incident, () => {
        map.clear();
        show({ kind: "welcome" });
      });
    case "failed": {
      const again = el("button", { type: "button" }, t("retry"));
      again.addEventListener("click", view.retry);
      return [
        el("p", { class: "error", role: "alert" }, explain(view.error)),
        el("div", { class: "actions" }, again),
      ];
    }
  }
}

/** Ask which grid answers for a place, and mark both. */
async function ask(lon: number, lat: number, datum: Datum, place: Place | null = null): Promise<void> {
  const mine = ++asked;
  show({ kind: "asking" });
  try {
    const [found, known] = await Promise.all([
      locate(lon, lat, datum),
      place?.kind === "centre" ? feature("centres", place.code) : null,
    ]);
    if (mine !== asked) return;
    map.pin(found.point.lon, found.point.lat);
    show({ kind: "located", found, place, known });
    const ground = found.grid ? await feature("grids", found.grid.code) : null;
    if (mine === asked) map.choose(ground);
  } catch (error) {
    if (mine !== asked) return;
    map.choose(null);
    show({ kind: "failed", error, retry: () => void ask(lon, lat, datum, place) });
  }
}

const MANY_GRIDS: Partial<Record<Place["kind"], string>> = {
  subdistrict: "subdistricts",
  community: "communities",
  street: "streets",
};

/** Show a place found by name; where one grid answers for it, say which. */
function showPlace(place: Place): void {
  map.look(place.bbox);
  const layer = MANY_GRIDS[place.kind];
  if (!layer) return void ask(place.lon, place.lat, "cgcs2000", place);
  const mine = ++asked;
  map.clear();
  show({ kind: "unit", place });
  feature(layer, place.code)
    .then((ground) => mine === asked && map.choose(ground))
    .catch(() => undefined); // the place is shown; its outline only helps
}

function offline(): void {
  if (document.getElementById("offline")) return;
  const again = el("button", { type: "button" }, t("retry"));
  const note = el("div", { id: "offline", role: "alert" }, t("gone"), again);
  again.addEventListener("click", () => {
    note.remove();
    map.reload();
    if (!city) void load();
  });
  document.body.append(note);
}

// ---- the language ----------------------------------------------------------------------------

function inLanguage(): void {
  translate(document);
  document.title = t("title");
  const other = byId<HTMLAnchorElement>("other-language");
  other.lang = lang() === "zh" ? "en" : "zh-CN";
  other.href = `?lang=${lang() === "zh" ? "en" : "zh"}`;
  if (city) {
    byId("city-name").textContent = city.name[lang()];
    const note = byId("synthetic");
    note.hidden = !city.synthetic;
    note.textContent = t("synthetic");
    note.title = city.synthetic_note?.[lang()] ?? "";
    byId("credit").textContent = [city.credit, city.review_number].filter(Boolean).join(" · ");
  }
  listLayers();
  document.getElementById("offline")?.remove();
  map.redraw();
  show(view, false);
}

byId("other-language").addEventListener("click", (event) => {
  event.preventDefault();
  setLang(lang() === "zh" ? "en" : "zh");
  history.replaceState(null, "", `?lang=${lang()}`);
  inLanguage();
});

// ---- layers ----------------------------------------------------------------------------------

const SWATCHES: Record<Group | "subdistricts", string> = {
  grids: `border-top:2px dashed ${COLOURS.grid};height:0`,
  communities: `border:2px solid ${COLOURS.community};background:#f7d7c4`,
  compounds: `background:${COLOURS.compound};border:1px solid #b7a98f`,
  buildings: `background:${COLOURS.building};border:1px solid #9d8a72`,
  streets: `background:${COLOURS.arterial};border-block:1px solid ${COLOURS.arterialCase};height:.5rem`,
  centres: `background:${COLOURS.centre};border-radius:50%;width:.9rem;margin-inline:.3rem`,
  subdistricts: `border-top:3px dashed ${COLOURS.subdistrict};height:0`,
};

function swatch(group: Group | "subdistricts"): HTMLElement {
  const made = el("span", { class: "swatch", "aria-hidden": "true" });
  made.style.cssText += SWATCHES[group];
  return made;
}

function listLayers(): void {
  const rows = GROUPS.map((group) => {
    const box = el("input", { type: "checkbox", checked: !map.hidden.has(group), value: group });
    box.addEventListener("change", () => map.show(group, box.checked));
    return el("label", {}, box, swatch(group), t(`layer_${group}` as Key));
  });
  const subdistricts = el("p", {}, swatch("subdistricts"), t("legend_subdistrict"));
  byId("layer-list").replaceChildren(...rows, subdistricts);
}

// ---- other ways to ask -----------------------------------------------------------------------

searchBox(showPlace);

byId("coordinates").addEventListener("submit", (event) => {
  event.preventDefault();
  const lon = byId<HTMLInputElement>("lon");
  const lat = byId<HTMLInputElement>("lat");
  const datum = byId<HTMLSelectElement>("datum");
  const wrong = [lon, lat].filter((box) => !/^\s*[-+]?\d+([.]\d+)?\s*$/.test(box.value));
  const bad = [...wrong, ...(datum.value ? [] : [datum])];
  for (const box of [lon, lat, datum]) box.setAttribute("aria-invalid", String(bad.includes(box)));
  if (bad.length) return bad[0]!.focus();
  void ask(Number(lon.value), Number(lat.value), datum.value as Datum);
});

byId("zoom-in").addEventListener("click", () => map.zoomBy(1));
byId("zoom-out").addEventListener("click", () => map.zoomBy(-1));
byId("whole-city").addEventListener("click", () => city && map.look(city.bbox, { far: true }));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !["located", "unit", "failed", "sent"].includes(view.kind)) return;
  map.clear();
  show({ kind: "welcome" });
});

// ---- start -----------------------------------------------------------------------------------

async function load(): Promise<void> {
  try {
    city = await getCity();
    map.look(city.bbox, { far: true });
    inLanguage();
  } catch (error) {
    if (!(error instanceof Gone)) show({ kind: "failed", error, retry: () => void load() });
    else offline();
  }
}

setLang(chooseLang(location.search, keptLang()));
inLanguage();
void load();
