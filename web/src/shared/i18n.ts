import en from "./en.json";
import zh from "./zh.json";

export type Lang = "zh" | "en";
export type Key = keyof typeof zh;

const WORDS: Record<Lang, Record<Key, string>> = { zh, en };
const KEPT = "jingwei.lang";

/** The language: what the address says, else what was chosen before, else Chinese. */
export function chooseLang(address: string, kept: string | null): Lang {
  const asked = new URLSearchParams(address).get("lang") ?? kept;
  return asked === "en" ? "en" : "zh";
}

let current: Lang = "zh";

export function lang(): Lang {
  return current;
}

export function setLang(next: Lang): void {
  current = next;
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
  try {
    localStorage.setItem(KEPT, next);
  } catch {
    // private windows may refuse; the choice then lasts for this page
  }
}

export function keptLang(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

/** The words for a key, with {name} filled in. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return WORDS[current][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** A number with thousands separated. */
export function count(value: number): string {
  return value.toLocaleString(current === "zh" ? "zh-CN" : "en");
}

/** The name of a unit in the language, Chinese where there is no English one. */
export function nameOf(unit: { name: string; name_en?: string | null }): string {
  return current === "en" && unit.name_en ? unit.name_en : unit.name;
}
