import { en } from "./en.ts";
import type { Messages, PluralForms } from "./messages.ts";

type Table = Readonly<Record<string, unknown>>;

// What ships has the keys of the English table alone, and its texts in one string, which makes it 0.9 kB smaller.

/** Returns the texts of a language, in the order of the English table. Plural forms are one text with their names. */
export function textsOf(messages: Messages): string {
  const texts = (example: object, own: Table): unknown[] =>
    Object.entries(example).flatMap(([key, text]) => {
      if (typeof text === "string") return [own[key]];
      const inner = own[key] as Table;
      const forms = Object.entries(inner).map((form) => form.join("="));
      return "other" in text ? [forms.join("|")] : texts(text, inner);
    });
  return texts(en, { ...messages }).join(";");
}

/** Returns the messages that `textsOf` has taken apart. */
export function withKeys(texts: string): Messages {
  const rest = texts.split(";").values();
  const next = (): string => rest.next().value as string;
  const table = (example: object): object =>
    Object.fromEntries(
      Object.entries(example).map(([key, text]) => [
        key,
        typeof text === "string" ? next() : "other" in text ? formsIn(next()) : table(text),
      ]),
    );
  return table(en) as Messages;
}

function formsIn(text: string): PluralForms {
  return Object.fromEntries(text.split("|").map((form) => form.split("=")));
}
