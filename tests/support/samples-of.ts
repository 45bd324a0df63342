import { readFile } from "node:fs/promises";

export interface Sample {
  readonly name: string;
  readonly code: string;
}

type Language = "js" | "ts" | "tsx";

/** The samples of a guide that begin with the name of a file, `// name`, as they are printed. */
export async function samplesOf(document: string): Promise<Sample[]> {
  return (await printed(document)).flatMap(({ code }) => {
    const [, name] = /^\/\/ (\S+\.[jt]s)\n/.exec(code) ?? [];
    return name === undefined ? [] : [{ name, code }];
  });
}

/** The first sample of a language that has these words in it. */
export async function linesWith(document: string, language: Language, words: string): Promise<string> {
  const found = (await printed(document)).find((it) => it.language === language && it.code.includes(words));
  if (found === undefined) throw new Error(`${document} has no lines with ${words} to run.`);
  return found.code;
}

async function printed(document: string): Promise<{ language: string; code: string }[]> {
  const text = await readFile(new URL(`../../docs/${document}`, import.meta.url), "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = "", code = ""]) => ({
    language,
    code,
  }));
}
