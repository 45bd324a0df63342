import { describe, expect, it } from "vitest";
import { causeOf } from "../../../src/elements/causes.ts";
import { ar } from "../../../src/elements/messages/ar.ts";
import { fromAscii, toAscii } from "../../../src/elements/messages/arabic-in-ascii.ts";
import { de } from "../../../src/elements/messages/de.ts";
import { en } from "../../../src/elements/messages/en.ts";
import { ja } from "../../../src/elements/messages/ja.ts";
import { textsOf, withKeys } from "../../../src/elements/messages/without-keys.ts";
import { ERROR_CODES } from "../../../src/protocol/session-error.ts";

const LANGUAGES = Object.entries({ en, de, ja, ar });

/** What only the app's developer can mend, or no task ends with. */
const FAULTS_OF_THE_APP = [
  "session-in-use",
  "session-taken-over",
  "session-invalidated",
  "daemon-missing",
  "unsupported-url",
  "bad-message",
  "internal",
];

/** Each text with the names that lead to it. */
function textsIn(value: unknown, path: string): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  return Object.entries(value as object).flatMap(([name, inner]) => textsIn(inner, `${path}.${name}`));
}

function bracesIn(text: string): string[] {
  return [...text.matchAll(/\{\w+\}/g)].map(String).sort();
}

describe.each(LANGUAGES)("the messages in %s", (tag, messages) => {
  it("tell each error code that a user can do something about from a fault of the app", () => {
    const vague = ERROR_CODES.filter((code) => causeOf(code, messages.causes) === messages.causes.internal);
    expect(vague.sort()).toEqual(FAULTS_OF_THE_APP.sort());
  });

  it("say nothing twice of errors", () => {
    const texts = Object.values(messages.causes);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it("give eight different reasons for which the app transfers something", () => {
    expect(new Set(Object.values(messages.whys)).size).toBe(8);
  });

  it("are the same after their keys have been left out", () => {
    expect(withKeys(textsOf(messages))).toEqual(messages);
  });

  it("have every text that English has, with the same values in it", () => {
    const isPlural = ([path]: [string, string]) => path.startsWith(".counts");
    const own = new Map(textsIn(messages, "").filter((entry) => !isPlural(entry)));
    for (const [path, text] of textsIn(en, "").filter((entry) => !isPlural(entry))) {
      expect(own.get(path), path).toMatch(/\S/);
      expect(bracesIn(own.get(path) ?? ""), path).toEqual(bracesIn(text));
    }
  });

  it("have the plural forms of the language, and a number wherever a form stands for several", () => {
    const categories = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
    const single = new Set(["zero", "one", "two"]);
    for (const forms of Object.values(messages.counts)) {
      const missing = categories.filter((category) => !(category in forms) && !single.has(category));
      if (tag === "ar") expect(missing).toEqual(["many"]);
      else expect(missing).toEqual([]);
      for (const [category, text] of Object.entries(forms))
        if (!single.has(category)) expect(text).toContain("{n}");
    }
  });
});

it("Arabic is the same after it was written in ASCII, and only it needs to be", () => {
  const ascii = toAscii(textsOf(ar));
  expect(ascii).not.toMatch(/[\u0621-\u063a\u0641-\u0652]/);
  expect(withKeys(fromAscii(ascii))).toEqual(ar);
  for (const other of [en, de, ja]) expect(toAscii(textsOf(other))).toBe(textsOf(other));
});

it("an error code of a later version is a fault of the app", () => {
  expect(causeOf("later" as never, en.causes)).toBe(en.causes.internal);
});
