import { lang, t, type Key } from "./i18n";
import { Gone, Problem } from "./api";

type Child = Node | string | null | undefined | false;

/** Make an element; strings become text, never markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | boolean> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child): child is Node | string => !!child));
  return made;
}

/** The element of an id that the page is known to have. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}

/** Write the words of the language into everything that names a key. */
export function translate(root: ParentNode): void {
  for (const node of root.querySelectorAll<HTMLElement>("[data-t]")) {
    node.textContent = t(node.dataset["t"] as Key);
  }
  for (const node of root.querySelectorAll<HTMLElement>("[data-label]")) {
    node.setAttribute("aria-label", t(node.dataset["label"] as Key));
    if (node.tagName === "BUTTON") node.title = t(node.dataset["label"] as Key);
  }
  for (const node of root.querySelectorAll<HTMLInputElement>("[data-placeholder]")) {
    node.placeholder = t(node.dataset["placeholder"] as Key);
  }
}

/** What went wrong, in words for the reader. */
export function explain(error: unknown): string {
  if (error instanceof Problem) {
    const detail = String(error.more["detail_zh"] ?? error.detail);
    return lang() === "zh" ? `${error.titleZh}：${detail}` : error.detail;
  }
  if (error instanceof Gone) return t("gone");
  throw error;
}
