import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Imports a sample of the documentation that begins with `// name`.
 * @param adapted puts the test's addresses and keys in place of those that are printed
 */
export async function sampleFrom<Sample>(
  document: string,
  name: string,
  adapted = (code: string): string => code,
): Promise<Sample> {
  const text = await readFile(`${ROOT}docs/${document}`, "utf8");
  const code = text
    .split("```ts\n")
    .find((it) => it.startsWith(`// ${name}\n`))
    ?.split("\n```")[0];
  if (code === undefined) throw new Error(`docs/${document} has no sample ${name}.`);
  const directory = `${ROOT}.cache/recipes`;
  await mkdir(directory, { recursive: true });
  await writeFile(`${directory}/${name}`, adapted(code));
  return import(`${directory}/${name}`);
}
