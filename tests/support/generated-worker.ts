import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GenerateSWOptions, generateSW } from "workbox-build";

/** Makes a worker with workbox's `generateSW`. @returns its script */
export async function generatedWorker(options: Partial<GenerateSWOptions>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "generated-worker-"));
  try {
    const swDest = join(directory, "sw.js");
    await generateSW({
      globDirectory: directory,
      inlineWorkboxRuntime: true,
      sourcemap: false,
      swDest,
      ...options,
    });
    return await readFile(swDest, "utf8");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
