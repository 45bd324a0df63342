import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Sample, samplesOf } from "./samples-of.ts";
import { twoLinesOfGuide } from "./two-lines-of-guide.ts";

const RECIPES = fileURLToPath(new URL("../../.cache/recipes/", import.meta.url));

/** The names under which the site has the workers that a guide prints as `sw.js` or `sw.ts`, in their order. */
const GUIDES: Readonly<Record<string, readonly string[]>> = {
  "media.md": ["media-worker", "media-session-worker"],
  "uploads.md": ["tus-recipe-worker", "tus-chunks-worker"],
  "s3.md": ["s3-recipe-worker"],
  "upload-protocols.md": ["blocks-worker"],
};

/** Writes the workers that the guides print to files, beside what they import. @returns the files by the workers' names */
export async function printedWorkers(): Promise<ReadonlyMap<string, string>> {
  const { before, after } = await twoLinesOfGuide();
  const files = new Map<string, string>();
  const write = async (worker: string, main: Sample, beside: readonly Sample[] = []): Promise<void> => {
    await mkdir(RECIPES + worker, { recursive: true });
    for (const { name, code } of [...beside, main]) await writeFile(`${RECIPES}${worker}/${name}`, code);
    files.set(worker, `${RECIPES}${worker}/${main.name}`);
  };
  await write("two-lines-before-worker", { name: "sw.js", code: before });
  await write("two-lines-after-worker", { name: "sw.js", code: after });
  for (const [document, names] of Object.entries(GUIDES)) {
    const samples = await samplesOf(document);
    const mains = samples.filter(({ name }) => /^sw\.[jt]s$/.test(name));
    if (mains.length !== names.length) throw new Error(`docs/${document} has ${mains.length} workers.`);
    for (const [index, main] of mains.entries()) await write(names[index] ?? "", main, samples);
  }
  return files;
}
