import { ar } from "./ar.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { ja } from "./ja.ts";
import type { Messages } from "./messages.ts";

const TABLES = new Map<string, Messages>(Object.entries({ en, de, ja, ar }));

/** The messages of a language, and the tag by which numbers are formatted. */
export interface Language {
  readonly tag: string;
  readonly messages: Messages;
}

/**
 * Adds a language, or replaces the words of one. Panels that are connected later use it.
 * @param language a language tag, such as `"fr"` or `"pt-BR"`
 * @example
 * addMessages("en", { ...ENGLISH, title: "Downloads" });
 */
export function addMessages(language: string, messages: Messages): void {
  TABLES.set(language.toLowerCase(), messages);
}

/** Returns the language for the first wish that has a table: "de-AT" is served by "de". English, if there is none. */
export function chooseLanguage(wishes: readonly string[]): Language {
  for (const tag of wishes) {
    const name = tag.toLowerCase();
    const messages = TABLES.get(name) ?? TABLES.get(name.replace(/-.*/, ""));
    if (messages !== undefined) return { tag, messages };
  }
  return { tag: "en", messages: TABLES.get("en") as Messages };
}
