/** What is said of operations, grids and steps. */

import { count, lang, t, type Key } from "../shared/i18n";
import type { Desk } from "./desk";
import type { Grid } from "./drafts";

export const nameIn = (grid: Pick<Grid, "name" | "name_en">): string =>
  lang() === "en" && grid.name_en ? grid.name_en : grid.name;

export function gridName(desk: Desk | null, code: string | null | undefined): string {
  const grid = code ? desk?.grids.get(code) : undefined;
  return grid ? nameIn(grid) : (code ?? t("p_nobody"));
}

export function percent(share: number | null): string {
  if (share === null) return "–";
  const rounded = Math.round(share * 100);
  return `${rounded > 0 ? "+" : rounded < 0 ? "−" : ""}${Math.abs(rounded)}%`;
}

/** An operation in a few words. */
export function describe(desk: Desk | null, operation: Record<string, unknown>, kind: string): string {
  const grid = (name: string) => gridName(desk, operation[name] as string);
  const many = (name: string) => count((operation[name] as unknown[] | undefined)?.length ?? 0);
  switch (kind) {
    case "paint":
      return t("p_op_paint", { n: many("blocks"), grid: grid("grid") });
    case "transfer":
      return t("p_op_transfer", { compound: String(operation["compound"]), grid: grid("grid") });
    case "merge":
      return t("p_op_merge", {
        grids: (operation["grids"] as string[]).map((code) => gridName(desk, code)).join(lang() === "zh" ? "、" : ", "),
        grid: grid("into"),
      });
    case "new_grid":
      return t("p_op_new_grid", { name: String(operation["name"]), n: many("blocks") });
    case "rename":
      return t("p_op_rename", { grid: grid("grid"), name: String(operation["name"]) });
    default:
      return t(`p_op_${kind}` as Key);
  }
}

export function moment(text: string): string {
  return new Date(text).toLocaleString(lang() === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
}
