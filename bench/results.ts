import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";
import type { EngineName } from "../tests/support/test-browser.ts";
import type { Figure } from "./figure.ts";

const RESULTS = fileURLToPath(new URL("results/", import.meta.url));

/** A run of the benchmark, as it is kept. */
export interface Run {
  /** When it began: ISO 8601, UTC. */
  readonly at: string;
  /** Ends with "-dirty" if files were changed since. */
  readonly commit: string;
  readonly engine: EngineName;
  /** With its version. */
  readonly browser: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly system: string;
    readonly node: string;
  };
  /** Processes that could run before it began, on average: over a minute, 5 and 15 minutes. */
  readonly load: readonly number[];
  readonly figures: readonly Figure[];
}

/** The file of a run, written again after each number: a run that is broken off keeps what it has. */
export class RunFile {
  readonly name: string;
  #run: Run;

  /** @param load see `Run` */
  constructor(engine: EngineName, browser: string, load: readonly number[]) {
    const at = new Date().toISOString();
    const [processor] = cpus();
    this.name = `${at.slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}-${engine}.json`;
    this.#run = {
      at,
      commit: execFileSync("git", ["describe", "--always", "--dirty", "--exclude=*"], {
        encoding: "utf8",
      }).trim(),
      engine,
      browser,
      machine: {
        processor: processor?.model ?? "unknown",
        cores: cpus().length,
        memoryGiB: Math.round(totalmem() / 2 ** 30),
        system: `${type()} ${release().split("-")[0]}`,
        node: process.version,
      },
      load: load.map((value) => Math.round(value * 10) / 10),
      figures: [],
    };
    mkdirSync(RESULTS, { recursive: true });
  }

  async add(figures: readonly Figure[]): Promise<void> {
    this.#run = { ...this.#run, figures: [...this.#run.figures, ...figures] };
    const path = RESULTS + this.name;
    await writeFile(`${path}.part`, `${JSON.stringify(this.#run, null, 2)}\n`);
    await rename(`${path}.part`, path);
  }
}

/** Returns the kept runs, the oldest first. */
export async function keptRuns(): Promise<Run[]> {
  // Without a kept run there is no folder.
  const names = (await readdir(RESULTS).catch(() => [])).filter((name) => name.endsWith(".json")).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(RESULTS + name, "utf8")));
  return texts.map((text) => JSON.parse(text) as Run);
}
