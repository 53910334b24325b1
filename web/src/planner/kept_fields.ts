/** What is typed into a form outlives the page; what was sent is forgotten. */

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const fieldsOf = (form: HTMLFormElement): Field[] =>
  [...form.querySelectorAll<Field>("input[name]:not([type=checkbox]), textarea[name]")];

/** Keep the fields of a form under a key that may change with what it is about. */
export function keepFields(form: HTMLFormElement, key: () => string): { restore: () => void; forget: () => void } {
  const write = (): void => {
    try {
      localStorage.setItem(key(), JSON.stringify(Object.fromEntries(fieldsOf(form).map((field) => [field.name, field.value]))));
    } catch {
      // private windows may refuse; the words then last as long as the page
    }
  };
  form.addEventListener("input", write);
  return {
    restore: () => {
      let kept: Record<string, string> = {};
      try {
        kept = JSON.parse(localStorage.getItem(key()) ?? "{}") as Record<string, string>;
      } catch {
        // nothing is kept here
      }
      for (const field of fieldsOf(form)) field.value = kept[field.name] ?? "";
    },
    forget: () => {
      form.reset();
      try {
        localStorage.removeItem(key());
      } catch {
        // nothing was kept
      }
    },
  };
}
