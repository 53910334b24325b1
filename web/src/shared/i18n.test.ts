import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import en from "./en.json";
import { chooseLang } from "./i18n";
import zh from "./zh.json";

const here = dirname(fileURLToPath(import.meta.url));
const holes = (words: string) => [...words.matchAll(/\{\w+\}/g)].map(String).sort();

test("both languages have the same keys", () => {
  expect(Object.keys(en)).toEqual(Object.keys(zh));
});

test("both languages fill in the same values", () => {
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
    expect([key, holes(en[key])]).toEqual([key, holes(zh[key])]);
  }
});

test("no words are left empty", () => {
  expect([...Object.values(zh), ...Object.values(en)].filter((words) => !words.trim())).toEqual([]);
});

test.each(["city", "planner"])("every key that the page %s names exists", (name) => {
  const page = readFileSync(resolve(here, `../${name}/index.html`), "utf8");
  const named = [...page.matchAll(/data-(?:t|label|placeholder)="(\w+)"/g)].map((found) => found[1]);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((key) => !(key! in zh))).toEqual([]);
});

test("the address wins over what was kept, and Chinese comes first", () => {
  expect(chooseLang("?lang=en", "zh")).toBe("en");
  expect(chooseLang("", "en")).toBe("en");
  expect(chooseLang("?lang=fr", null)).toBe("zh");
});
