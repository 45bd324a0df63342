import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bounded, type Figure } from "../figure.ts";

const CHECK = fileURLToPath(new URL("../../scripts/check-size.mjs", import.meta.url));

/** A line of size-budget.json. */
interface Measured {
  readonly name: string;
  readonly sizeBytes: number;
  /** The target; until it is reached, the size must not exceed `limitBytes`. */
  readonly goalBytes: number;
}

/** N7: what an app ships, minified and gzipped. */
export async function size(): Promise<Figure[]> {
  const { stdout } = spawnSync(process.execPath, [CHECK, "--json"], { encoding: "utf8" });
  return (JSON.parse(stdout) as Measured[]).map(({ name, sizeBytes, goalBytes }) =>
    bounded({
      name: `size of ${name}`,
      title: "min+gzip",
      unit: "bytes",
      ours: sizeBytes,
      limit: goalBytes,
    }),
  );
}
