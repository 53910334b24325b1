/** What is said beside the map: which grid answers for a place, who, and why. */

import type { City, Feature, Incident, Located, Officer, Place } from "../shared/api";
import { el } from "../shared/dom";
import { count, lang, nameOf, t } from "../shared/i18n";

export function welcome(city: City | null): Node[] {
  if (!city) return [el("p", { class: "quiet" }, t("loading_city"))];
  const counts = Object.fromEntries(
    Object.entries(city.counts).map(([name, value]) => [name, count(value)]),
  );
  return [
    el("p", {}, t("welcome")),
    el("p", { class: "quiet keys" }, t("welcome_keys")),
    el("p", { class: "quiet" }, t("counts", counts)),
    ...(city.synthetic_note ? [el("p", { class: "quiet" }, city.synthetic_note[lang()])] : []),
  ];
}

function line(number: string): HTMLElement {
  return el("a", { class: "call", href: `tel:${number.replace(/[^+\d]/g, "")}` }, number);
}

function officerName(officer: Officer): string {
  const name = lang() === "en" ? (officer.role_name_en ?? officer.role_name) : officer.role_name;
  return officer.standing_in ? name + t("standing_in") : name;
}

function entries(pairs: [string, Node | string | null][]): HTMLElement {
  const list = el("dl");
  for (const [name, value] of pairs) {
    if (value) list.append(el("dt", {}, name), el("dd", {}, value));
  }
  return list;
}

/** Whom to call: the officer on duty, else the dispatch centre. */
function whoAnswers(found: Located, city: City | null): [string, Node | string | null][] {
  if (found.officer) {
    return [
      [t("officer"), officerName(found.officer)],
      [t("duty_line"), line(found.officer.duty_line)],
    ];
  }
  const centre = city?.dispatch_centre;
  return [
    [t("officer"), found.grid ? t("no_officer") : null],
    [centre ? centre[lang()] : t("dispatch_centre"), centre?.duty_line ? line(centre.duty_line) : null],
  ];
}

function path(found: Located): HTMLElement | null {
  const units = [found.subdistrict, found.community].filter((unit) => unit !== null);
  if (!units.length) return null;
  return el("p", { class: "path" }, units.map(nameOf).join(" › "));
}

function neighbours(found: Located): HTMLElement | null {
  if (!found.neighbours.length) return null;
  const near = found.neighbours.map(
    (unit) => `${nameOf(unit)} (${t("metres", { n: unit.distance_m.toFixed(1) })})`,
  );
  return entries([[t("neighbours"), near.join(lang() === "zh" ? "、" : ", ")]]);
}

/** The answer for a place. */
export function located(found: Located, city: City | null, reportHere: () => void): Node[] {
  const doubtful = found.how !== "inside" && found.how !== "building";
  const button = el("button", { type: "button", class: "main" }, t("report_here"));
  button.addEventListener("click", reportHere);
  return [
    el("h2", {}, found.grid ? nameOf(found.grid) : t("outside")),
    path(found),
    entries(whoAnswers(found, city)),
    el("div", { class: doubtful ? "reason doubtful" : "reason" }, el("b", {}, t("why")), found.reason[lang()]),
    found.grid ? null : el("p", {}, t("outside_next")),
    neighbours(found),
    el("div", { class: "actions" }, button),
    el(
      "p",
      { class: "quiet" },
      [
        found.grid ? `${t("code")} ${found.grid.code}` : "",
        `${t("point")} ${found.point.lon.toFixed(6)}, ${found.point.lat.toFixed(6)}`,
        `${t("version", { id: found.version.id, date: found.version.valid_from.slice(0, 10) })}`,
      ]
        .filter(Boolean)
        .join(" · "),
    ),
  ].filter((node) => node !== null);
}

/** What is said of a place too large for one grid to answer for. */
export function unit(found: Place): Node[] {
  return [
    el("h2", {}, nameOf(found)),
    el("p", { class: "path" }, t(`kind_${found.kind}`)),
    el("p", {}, t("ask_inside")),
  ];
}

/** What is known of a place that was found by name. */
export function place(found: Place, feature: Feature | null): Node[] {
  const kind = t(`kind_${found.kind}`);
  const known = (feature?.properties ?? {}) as Record<string, unknown>;
  const phone = known["phone"] ? line(String(known["phone"])) : null;
  return [
    el("p", { class: "path" }, el("b", {}, nameOf(found)), ` · ${kind}`),
    entries([
      [t("hours"), known["opening_hours"] ? String(known["opening_hours"]) : null],
      [t("phone"), phone],
      [t("step_free"), known["step_free"] === true ? "✓" : null],
    ]),
  ];
}

/** What was stored. */
export function sent(incident: Incident, again: () => void): Node[] {
  const button = el("button", { type: "button" }, t("again"));
  button.addEventListener("click", again);
  const told =
    incident.grid && incident.officer
      ? t("sent_grid", { grid: nameOf(incident.grid), officer: officerName(incident.officer) })
      : t("sent_hand");
  return [
    el("h2", {}, t("sent_title")),
    el("p", {}, t("sent_number"), " ", el("span", { class: "number" }, incident.number)),
    el("p", {}, told),
    el("div", { class: "reason" }, el("b", {}, t("why")), incident.reason[lang()]),
    el("p", { class: "quiet" }, t("sent_next")),
    el("div", { class: "actions" }, button),
  ];
}
