/** What a draft leads to: findings of the check, and what changes against the version in force. */

import { byId, el, explain } from "../shared/dom";
import { count, lang, nameOf, t, type Key } from "../shared/i18n";
import type { Officer } from "../shared/api";
import type { Desk } from "./desk";
import { getCheck, getComparison, type Comparison, type Finding } from "./drafts";
import { gridName } from "./words";

interface Ends {
  desk: () => Desk | null;
  lookAtFinding: (finding: Finding) => void;
  lookAtGrid: (grid: string) => void;
}

function findingRow(finding: Finding, ends: Ends): HTMLElement {
  const button = el("button", { type: "button", class: "link" }, finding.text[lang()]);
  button.addEventListener("click", () => ends.lookAtFinding(finding));
  return el("li", { class: finding.severity },
    el("small", {}, t(`p_severity_${finding.severity}` as Key), " · ", finding.rule,
      finding.accepted ? ` · ${t("p_accepted")}` : ""), button);
}

function table(heads: Key[], rows: (string | Node)[][]): HTMLElement {
  return el("div", { class: "scroll", tabindex: "0" }, el("table", {},
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, t(head))))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((cell) => el("td", {}, cell)))))));
}

function gridLink(desk: Desk, code: string | null, ends: Ends, name?: string | null): Node {
  const words = name ?? gridName(desk, code);
  if (!code || !desk.grids.has(code)) return document.createTextNode(words);
  const button = el("button", { type: "button", class: "link" }, words);
  button.addEventListener("click", () => ends.lookAtGrid(code));
  return button;
}

const officer = (one: Officer | null): string =>
  one ? nameOf({ name: one.role_name, name_en: one.role_name_en }) : t("p_nobody");
const people = (number: number | null): string => (number === null ? "–" : count(number));

function comparison(desk: Desk, found: Comparison, ends: Ends): Node[] {
  const flows = found.flows.filter((flow) => flow.from_grid !== flow.to_grid);
  if (!flows.length && !found.grids.length) return [el("p", { class: "quiet" }, t("p_no_change"))];
  const { residents, households } = found.people_moving;
  const officers = found.grids.filter((grid) => officer(grid.officer_before) !== officer(grid.officer_after));
  return [
    el("p", { class: "reason" }, t("p_compare_sum", {
      residents: count(residents), households: count(households), grids: found.grids.length,
      incidents: found.incidents.length, officers: officers.length,
    })),
    el("h3", {}, t("p_flows")),
    flows.length
      ? table(["p_from", "p_to", "p_col_blocks", "p_col_residents", "p_col_households"], flows.map((flow) => [
          gridLink(desk, flow.from_grid, ends), gridLink(desk, flow.to_grid, ends),
          count(flow.blocks), count(flow.residents), count(flow.households),
        ]))
      : el("p", { class: "quiet" }, t("p_no_flows")),
    el("h3", {}, t("p_changed_grids")),
    table(["p_col_name", "p_change", "p_before_after", "p_officers"], found.grids.map((grid) => [
      gridLink(desk, grid.code, ends, lang() === "zh" ? (grid.name_after ?? grid.name_before) : null),
      t(`p_change_${grid.change}` as Key),
      `${people(grid.residents_before)} → ${people(grid.residents_after)}`,
      officer(grid.officer_before) === officer(grid.officer_after)
        ? officer(grid.officer_after)
        : `${officer(grid.officer_before)} → ${officer(grid.officer_after)}`,
    ])),
    el("h3", {}, t("p_incidents")),
    found.incidents.length
      ? table(["p_number", "p_from", "p_to"], found.incidents.map((each) => [
          each.number, gridLink(desk, each.from_grid, ends), gridLink(desk, each.to_grid, ends),
        ]))
      : el("p", { class: "quiet" }, t("p_no_incidents")),
  ];
}

/** Fill a panel with what the service answers; say that it works, and what went wrong. */
async function fill(panel: HTMLElement, ask: () => Promise<Node[]>): Promise<void> {
  const again = el("button", { type: "button" }, t("p_again"));
  again.addEventListener("click", () => void fill(panel, ask));
  panel.setAttribute("aria-busy", "true");
  panel.replaceChildren(el("p", { class: "quiet", role: "status" }, t("p_working")));
  try {
    panel.replaceChildren(...(await ask()), el("div", { class: "actions" }, again));
  } catch (error) {
    panel.replaceChildren(el("p", { class: "error", role: "alert" }, explain(error)), el("div", { class: "actions" }, again));
  } finally {
    panel.setAttribute("aria-busy", "false");
  }
}

export function showCheck(ends: Ends): void {
  const desk = ends.desk();
  if (!desk) return;
  void fill(byId("check"), async () => {
    const { blocking, findings } = await getCheck(desk.draft.id);
    const sum = findings.length ? t("p_check_sum", { n: findings.length, blocking }) : t("p_check_clean");
    return [
      el("p", { class: blocking ? "reason doubtful" : "reason" }, sum),
      el("ul", { class: "findings" }, ...findings.map((finding) => findingRow(finding, ends))),
    ];
  });
}

export function showComparison(ends: Ends): void {
  const desk = ends.desk();
  if (!desk) return;
  void fill(byId("compare"), async () => comparison(desk, await getComparison(desk.draft.id), ends));
}
