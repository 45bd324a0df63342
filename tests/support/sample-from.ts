import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import manifest from "../../package.json" with { type: "json" };
import { samplesOf } from "./samples-of.ts";

const ROOT = new URL("../../", import.meta.url);
const RECIPES = fileURLToPath(new URL(".cache/recipes/", ROOT));

/**
 * Imports a sample of the documentation that begins with `// name`, and those beside it that it imports.
 * @param adapted puts the test's addresses and keys in place of those that are printed
 */
export async function sampleFrom<Sample>(
  document: string,
  name: string,
  adapted = (code: string): string => code,
): Promise<Sample> {
  const samples = (await samplesOf(document)).filter((it) => !it.code.includes('from "vitest"'));
  if (!samples.some((it) => it.name === name)) throw new Error(`docs/${document} has no sample ${name}.`);
  await mkdir(RECIPES, { recursive: true });
  // Others import the same sample with other addresses, also at the same time.
  const directory = await mkdtemp(RECIPES);
  try {
    for (const it of samples) await writeFile(`${directory}/${it.name}`, withBuiltPackage(adapted(it.code)));
    return await import(`${directory}/${name}`);
  } finally {
    await rm(directory, { recursive: true });
  }
}

const ENTRIES: Record<string, string | { readonly default: string }> = manifest.exports;

/** Playwright would follow the package's name to its types. */
function withBuiltPackage(code: string): string {
  return code.replaceAll(/(?<= from ")background-session([^"]*)/g, (name, path) => {
    const entry = ENTRIES[`.${path}`];
    return typeof entry === "object" ? fileURLToPath(new URL(entry.default, ROOT)) : name;
  });
}
