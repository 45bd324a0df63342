import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { sampleContent } from "./sample-content.ts";
import type { Sample } from "./sample-name.ts";

export type Coding = "identity" | "gzip";

/**
 * The sample files on disk, created when first requested.
 *
 * Several servers may share the directory: a file is written under a temporary name and then renamed, so every reader
 * finds a complete file.
 */
export class SampleFiles {
  readonly #directory: string;
  readonly #inTheMaking = new Map<string, Promise<void>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The path of the file with the bytes of `sample`, as they are or gzipped. */
  path(sample: Sample, coding: Coding = "identity"): Promise<string> {
    return this.#made(`${fileName(sample)}${coding === "gzip" ? ".gz" : ""}`, async (path) => {
      const content = Readable.from(sampleContent(sample), { objectMode: false });
      if (coding === "gzip") await pipeline(content, createGzip(), createWriteStream(path));
      else await pipeline(content, createWriteStream(path));
    });
  }

  /** The SHA-256 of the unencoded bytes in lower-case hexadecimal. Needs no file of the sample. */
  async sha256(sample: Sample): Promise<string> {
    const path = await this.#made(`${fileName(sample)}.sha256`, async (path) => {
      const hash = createHash("sha256");
      for await (const chunk of Readable.from(sampleContent(sample))) hash.update(chunk);
      await writeFile(path, hash.digest("hex"));
    });
    return readFile(path, "utf8");
  }

  async #made(name: string, make: (path: string) => Promise<void>): Promise<string> {
    const path = join(this.#directory, name);
    if (await exists(path)) return path;
    let making = this.#inTheMaking.get(name);
    if (!making) {
      making = this.#make(path, make).finally(() => this.#inTheMaking.delete(name));
      this.#inTheMaking.set(name, making);
    }
    await making;
    return path;
  }

  async #make(path: string, make: (path: string) => Promise<void>): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const unfinished = `${path}.${randomUUID()}.part`;
    try {
      await make(unfinished);
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }
}

function fileName({ kind, sizeBytes, seed }: Sample): string {
  return `${kind}-${sizeBytes}-${seed}`;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
