import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bounded, type Figure } from "../figure.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CHECK = `${ROOT}scripts/check-size.mjs`;
/** The types ship too, and the build of the scripts has just cleared them. */
const TYPES = ["tsc", "-b", "tsconfig.app.json", "tsconfig.workbox.json", "tsconfig.testing.json"];

/** A line of size-budget.json. */
interface Measured {
  readonly name: string;
  readonly sizeBytes: number;
  /** The target; until it is reached, the size must not exceed `limitBytes`. */
  readonly goalBytes: number;
}

/** N7: what an app ships, minified and gzipped. */
export async function size(): Promise<Figure[]> {
  spawnSync("npx", TYPES, { cwd: ROOT, stdio: "inherit" });
  const { stdout, stderr } = spawnSync(process.execPath, [CHECK, "--json"], { encoding: "utf8" });
  if (stdout === "") throw new Error(`The sizes could not be measured: ${stderr}`);
  return (JSON.parse(stdout) as Measured[]).map(({ name, sizeBytes, goalBytes }) =>
    bounded({
      name: `N7 size of ${name}`,
      title: "min+gzip",
      unit: "bytes",
      ours: sizeBytes,
      limit: goalBytes,
    }),
  );
}
