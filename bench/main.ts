// Measures the numbers of docs/performance.md side by side with their peers: npm run bench -- [names] [--json] [--save]
// [--quick] [--pairs n] [--browser chromium|firefox|webkit|all]
import { loadavg } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { EngineName } from "../tests/support/test-browser.ts";
import { launchEngine, nameOfBrowser } from "./browser.ts";
import { CATALOG, type Choice, chosen } from "./catalog.ts";
import type { Figure } from "./figure.ts";
import { progress } from "./progress.ts";
import { RunFile } from "./results.ts";
import { startBenchServer } from "./server.ts";
import { settleDisk } from "./settle-disk.ts";
import { buildSite } from "./site.ts";
import { printFigure } from "./table.ts";

/** No number takes half as long. */
const MOST_MINUTES = 40;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
    pairs: { type: "string" },
    browser: { type: "string", default: "chromium" },
  },
});
const isQuick = values.quick;
const pairs = values.pairs === undefined ? undefined : Number(values.pairs);
const load = loadavg();

let choices: Choice[];
try {
  choices = chosen(positionals, values.browser);
  if (isQuick && values.save) throw new RangeError("The figures of --quick mean nothing, and are not saved.");
  if (pairs !== undefined && !(Number.isInteger(pairs) && pairs > 0)) {
    throw new RangeError("--pairs must be a positive integer.");
  }
} catch (error) {
  console.error((error as Error).message);
  process.exit(2);
}

progress("building the package and the page of the benchmark");
await buildSite();
for (const { engine, names } of choices) {
  const file = values.save ? new RunFile(engine, await userAgent(engine), load) : undefined;
  for (const name of names) {
    const since = Date.now();
    // What one has measured is not lost with the next.
    const figures = await measure(engine, name).catch((error: unknown) => {
      process.exitCode = 1;
      progress(`${name} in ${engine} FAILED: ${error instanceof Error ? error.stack : error}`);
      return [];
    });
    progress(`${name} in ${engine} took ${((Date.now() - since) / 1000).toFixed(0)} s`);
    for (const figure of figures) {
      if (values.json) console.log(JSON.stringify({ ...figure, engine }));
      else printFigure(figure);
    }
    if (figures.length > 0) await file?.add(figures);
  }
  if (file !== undefined) progress(`saved as bench/results/${file.name}`);
}
// A number that came to no end may still hold a browser.
process.exit();

/** Each number has a server of its own, so that none leaves it down for the next. */
async function measure(engine: EngineName, name: string): Promise<Figure[]> {
  const { measure: start, pairs: usual } = CATALOG[name] as (typeof CATALOG)[string];
  const site = await startBenchServer();
  try {
    const measuring = start({
      site,
      isQuick,
      repetitions: pairs ?? (isQuick ? 1 : usual),
      launch: () => launchEngine(engine),
      settleDisk: isQuick ? async () => {} : settleDisk,
    });
    return await Promise.race([measuring, tooLate()]);
  } finally {
    await site.close();
  }
}

async function tooLate(): Promise<never> {
  await pause(MOST_MINUTES * 60_000, undefined, { ref: false });
  throw new Error(`no result after ${MOST_MINUTES} minutes; its browser may go on beside the next numbers`);
}

async function userAgent(engine: EngineName): Promise<string> {
  const site = await startBenchServer();
  const browser = await launchEngine(engine);
  try {
    return await nameOfBrowser(await browser.open(site.origin));
  } finally {
    await browser.close();
    await site.close();
  }
}
