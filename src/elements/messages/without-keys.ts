import { en } from "./en.ts";
import type { Messages } from "./messages.ts";

type Table = Readonly<Record<string, unknown>>;

// What ships has the keys of the English table alone, which makes it 0.8 kB smaller.

/** Returns the texts of a language, in the order of the English table. */
export function textsOf(messages: Messages): unknown[] {
  const texts = (example: object, own: Table): unknown[] =>
    Object.entries(example).flatMap(([key, text]) =>
      isText(text) ? [own[key]] : texts(text, own[key] as Table),
    );
  return texts(en, { ...messages });
}

/** Returns the messages that `textsOf` has taken apart. */
export function withKeys(texts: readonly unknown[]): Messages {
  const rest = texts.values();
  const table = (example: object): object =>
    Object.fromEntries(
      Object.entries(example).map(([key, text]) => [key, isText(text) ? rest.next().value : table(text)]),
    );
  return table(en) as Messages;
}

/** A text, or its plural forms. */
function isText(value: object | string): boolean {
  return typeof value === "string" || "other" in value;
}
