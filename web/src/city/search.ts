/** Search by name: a combobox by the WAI-ARIA pattern, with keyboard and touch. */

import { search, type Place } from "../shared/api";
import { byId, el, explain } from "../shared/dom";
import { nameOf, t } from "../shared/i18n";

const WAIT_MS = 180;

/** Make the search box tell which place was picked. */
export function searchBox(picked: (place: Place) => void): void {
  const box = byId<HTMLInputElement>("words");
  const list = byId("suggestions");
  const said = byId("search-said");
  let places: Place[] = [];
  let active = -1;
  let timer = 0;
  let asking = new AbortController();

  function close(): void {
    places = [];
    active = -1;
    list.hidden = true;
    list.replaceChildren();
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function activate(next: number): void {
    active = next;
    [...list.children].forEach((item, i) => {
      item.setAttribute("aria-selected", String(i === active));
      if (i === active) item.scrollIntoView({ block: "nearest" });
    });
    if (active >= 0) box.setAttribute("aria-activedescendant", `place-${active}`);
    else box.removeAttribute("aria-activedescendant");
  }

  function pick(place: Place): void {
    box.value = nameOf(place);
    said.textContent = "";
    close();
    picked(place);
  }

  function offer(found: Place[]): void {
    places = found;
    list.replaceChildren(
      ...found.map((place, i) => {
        const item = el(
          "li",
          { id: `place-${i}`, role: "option", "aria-selected": "false" },
          el("span", {}, nameOf(place)),
          el("small", {}, t(`kind_${place.kind}`)),
          place.within ? el("small", { class: "within" }, place.within) : null,
        );
        item.addEventListener("pointerdown", (event) => event.preventDefault());
        item.addEventListener("click", () => pick(place));
        return item;
      }),
    );
    list.hidden = !found.length;
    box.setAttribute("aria-expanded", String(found.length > 0));
    said.textContent = found.length
      ? t("search_found", { n: found.length })
      : t("search_none", { q: box.value.trim() });
    activate(-1);
  }

  async function ask(): Promise<Place[] | null> {
    asking.abort();
    asking = new AbortController();
    const words = box.value.trim();
    if (!words) {
      close();
      said.textContent = "";
      return null;
    }
    try {
      const found = await search(words, asking.signal);
      offer(found);
      return found;
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return null;
      close();
      said.textContent = explain(error);
      return null;
    }
  }

  let composing = false; // an input method is still choosing characters
  box.addEventListener("compositionstart", () => (composing = true));
  box.addEventListener("compositionend", () => {
    composing = false;
    box.dispatchEvent(new Event("input"));
  });
  box.addEventListener("input", () => {
    clearTimeout(timer);
    if (!composing) timer = window.setTimeout(() => void ask(), WAIT_MS);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!places.length) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      activate((active + step + places.length + (active < 0 && step < 0 ? 1 : 0)) % places.length);
    } else if (event.key === "Escape") {
      close();
    }
  });
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    if (active >= 0) return pick(places[active]!);
    void ask().then((found) => {
      if (found?.length === 1) pick(found[0]!);
    });
  });
  box.addEventListener("blur", () => window.setTimeout(close, 150));
}
