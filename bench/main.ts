// Measures the numbers of docs/performance.md side by side with their peers: npm run bench -- [names] [--json] [--quick] [--browser firefox|webkit]
import { parseArgs } from "node:util";
import { ENGINES } from "../tests/support/engines.ts";
import type { EngineName } from "../tests/support/test-browser.ts";
import { BenchChromium, launchOther } from "./browser.ts";
import { cost } from "./numbers/cost.ts";
import { download } from "./numbers/download.ts";
import { drain } from "./numbers/drain.ts";
import { drainMultiplexed } from "./numbers/drain-multiplexed.ts";
import { growth } from "./numbers/growth.ts";
import { handover } from "./numbers/handover.ts";
import { kills } from "./numbers/kills.ts";
import { load } from "./numbers/load.ts";
import { makeTasks } from "./numbers/make-tasks.ts";
import { openSession } from "./numbers/open.ts";
import { panel } from "./numbers/panel.ts";
import { parallel } from "./numbers/parallel.ts";
import { reconnect } from "./numbers/reconnect.ts";
import { size } from "./numbers/size.ts";
import { smallDownloads } from "./numbers/small-downloads.ts";
import { upload } from "./numbers/upload.ts";
import { uploadS3 } from "./numbers/upload-s3.ts";
import { progress } from "./progress.ts";
import { startBenchServer } from "./server.ts";
import type { Measurement } from "./setting.ts";
import { buildSite } from "./site.ts";
import { printFigure } from "./table.ts";

const NUMBERS: Readonly<Record<string, Measurement>> = {
  "make-tasks": makeTasks,
  drain,
  "drain-multiplexed": drainMultiplexed,
  cost,
  download,
  "small-downloads": smallDownloads,
  parallel,
  upload,
  "upload-s3": uploadS3,
  open: openSession,
  kills,
  handover,
  panel,
  size,
  reconnect,
  growth,
  load,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    pairs: { type: "string" },
    browser: { type: "string", default: "chromium" },
  },
});

/** These take as long as all the others together, and run only if they are named. */
const STANDARD = Object.keys(NUMBERS).filter((name) => name !== "growth" && name !== "load");
/** The numbers that need nothing specific to Chromium. */
const ANYWHERE = ["make-tasks", "drain", "download", "small-downloads", "parallel"];

if (!(values.browser in ENGINES)) {
  console.error(`There is no browser "${values.browser}". There are: ${Object.keys(ENGINES).join(", ")}.`);
  process.exit(2);
}
const engine = values.browser as EngineName;
const isChromium = engine === "chromium";
const names = positionals.length > 0 ? positionals : isChromium ? STANDARD : ANYWHERE;
const unknown = names.filter((name) => !(name in NUMBERS));
if (unknown.length > 0) {
  console.error(
    `There is no number "${unknown.join('", "')}". There are: ${Object.keys(NUMBERS).join(", ")}.`,
  );
  process.exit(2);
}

progress("building the package and the page of the benchmark");
await buildSite();
const site = await startBenchServer();
const isQuick = values.quick;
const launch = () => (isChromium ? BenchChromium.launch() : launchOther(engine));
const repetitions = Number(values.pairs ?? (isQuick ? 2 : 7));
try {
  for (const name of names) {
    const measure = NUMBERS[name] as Measurement;
    const figures = await measure({ site, isQuick, repetitions, launch });
    for (const figure of figures) {
      if (values.json) console.log(JSON.stringify(figure));
      else printFigure(figure);
    }
    await site.forget();
  }
} finally {
  await site.close();
}
