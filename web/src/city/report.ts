/** The form for a report: typed words survive a reload, a second click sends nothing twice. */

import { send, type City, type Incident, type Located } from "../shared/api";
import { el, explain } from "../shared/dom";
import { lang, nameOf, t } from "../shared/i18n";

const KEPT = "jingwei.report";

interface Draft {
  key: string;
  category: string;
  text: string;
  address: string;
}

function empty(): Draft {
  // randomUUID exists only on https; an intranet often has http
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const key = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { key, category: "", text: "", address: "" };
}

function read(): Draft {
  try {
    return { ...empty(), ...(JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") as Partial<Draft>) };
  } catch {
    return empty();
  }
}

function keep(draft: Draft | null): void {
  try {
    if (draft) sessionStorage.setItem(KEPT, JSON.stringify(draft));
    else sessionStorage.removeItem(KEPT);
  } catch {
    // private windows may refuse; the draft then lasts as long as the page
  }
}

interface Ends {
  sent: (incident: Incident) => void;
  cancelled: () => void;
}

/** Make the form for a report at a place. */
export function reportForm(at: Located, city: City, ends: Ends): HTMLFormElement {
  const draft = read();
  keep(draft);
  const category = el("select", { name: "category", required: true });
  category.append(el("option", { value: "" }, t("datum_choose")));
  for (const kind of city.categories) category.append(el("option", { value: kind.code }, kind[lang()]));
  category.value = draft.category;
  const words = el("textarea", { name: "text", required: true, maxlength: "2000", "aria-describedby": "words-hint" });
  words.value = draft.text;
  const address = el("input", { name: "address", maxlength: "200", placeholder: t("address_placeholder") });
  address.value = draft.address;
  const said = el("p", { role: "alert", class: "error", hidden: true });
  const submit = el("button", { type: "submit", class: "main" }, t("send"));
  const cancel = el("button", { type: "button" }, t("cancel"));
  const form = el(
    "form",
    { class: "report", novalidate: true },
    el("h2", {}, t("report_title")),
    el("p", { class: "path" }, at.grid ? nameOf(at.grid) : t("outside")),
    el("label", {}, el("span", {}, t("category")), category),
    el("label", {}, el("span", {}, t("words")), words),
    el("p", { class: "hint", id: "words-hint" }, t("words_hint")),
    el("label", {}, el("span", {}, t("address")), address),
    said,
    el("div", { class: "actions" }, submit, cancel),
  );

  form.addEventListener("input", () => {
    const now = { category: category.value, text: words.value, address: address.value };
    // other words are another report: they need a key of their own
    const changed = JSON.stringify({ ...draft, ...now }) !== JSON.stringify(draft);
    Object.assign(draft, changed ? { ...now, key: empty().key } : now);
    keep(draft);
  });
  cancel.addEventListener("click", ends.cancelled);

  function complain(words_: string): void {
    said.textContent = words_;
    said.hidden = false;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    const missing = [category, words].filter((field) => !field.value.trim());
    for (const field of [category, words]) {
      field.setAttribute("aria-invalid", String(missing.includes(field)));
    }
    if (missing.length) {
      const named = missing.map((field) => t(field === category ? "category" : "words"));
      complain(`${t("required")}${lang() === "zh" ? "：" : ": "}${named.join(lang() === "zh" ? "、" : ", ")}`);
      missing[0]!.focus();
      return;
    }
    said.hidden = true;
    submit.disabled = true;
    submit.textContent = t("sending");
    const report = {
      category: category.value,
      text: words.value,
      lon: at.given.lon,
      lat: at.given.lat,
      datum: at.given.datum,
      address: address.value.trim() || null,
      channel: "web" as const,
    };
    send(report, `${draft.key}-${report.lon},${report.lat}`)
      .then((incident) => {
        keep(null);
        ends.sent(incident);
      })
      .catch((error: unknown) => {
        complain(explain(error));
        submit.disabled = false;
        submit.textContent = t("send");
      });
  });
  return form;
}
