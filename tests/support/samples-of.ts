import { readFile } from "node:fs/promises";

export interface Sample {
  readonly name: string;
  readonly code: string;
}

/** A block of a page of the documentation, as it is printed. */
export interface PrintedSample {
  /** Unique in its page: its place among the blocks, or the name in its first line, by which others import it. */
  readonly name: string;
  readonly language: string;
  readonly code: string;
}

type Language = "js" | "json" | "sh" | "ts" | "tsx";

/** The samples of a guide that begin with the name of a file, `// name`, as they are printed. */
export async function samplesOf(document: string): Promise<Sample[]> {
  return (await printedIn(document)).flatMap(({ code }) => {
    const [, name] = /^\/\/ (\S+\.[jt]s)\n/.exec(code) ?? [];
    return name === undefined ? [] : [{ name, code }];
  });
}

/** The first sample of a language that has these words in it. */
export async function linesWith(document: string, language: Language, words: string): Promise<string> {
  const found = (await printedIn(document)).find((it) => it.language === language && it.code.includes(words));
  if (found === undefined) throw new Error(`${document} has no lines with ${words} to run.`);
  return found.code;
}

/** All blocks of a page that name their language; those that do not are drawings. */
export async function printedIn(document: string): Promise<PrintedSample[]> {
  const text = await readFile(new URL(`../../docs/${document}`, import.meta.url), "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = "", code = ""], index) => {
    const [, file] = /^\/\/ (?!sw\.)([\w-]+\.tsx?)\n/.exec(code) ?? [];
    return { name: file ?? `${index + 1}.${language}`, language, code };
  });
}
