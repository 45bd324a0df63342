// A random user and a hostile world: npm run chaos -- [--engine chromium] [--seed 1] [--rounds 200] [--json] [--story] [--built]
import { parseArgs } from "node:util";
import { ENGINES } from "../tests/support/engines.ts";
import { fromInstalledPackage } from "../tests/support/installed-package.ts";
import type { EngineName } from "../tests/support/test-browser.ts";
import { runChaos } from "./run.ts";
import { buildPackage, buildSite } from "./site.ts";

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "chromium" },
    seed: { type: "string", default: "1" },
    rounds: { type: "string", default: "200" },
    json: { type: "boolean", default: false },
    built: { type: "boolean", default: false },
    "background-fetch": { type: "boolean", default: false },
    story: { type: "boolean", default: false },
  },
});

if (!(values.engine in ENGINES)) {
  console.error(`There is no engine "${values.engine}". There are: ${Object.keys(ENGINES).join(", ")}.`);
  process.exit(2);
}
if (!values.built) {
  await buildPackage();
  await buildSite(await fromInstalledPackage());
}
const { figures, story } = await runChaos({
  engine: values.engine as EngineName,
  seed: Number(values.seed),
  rounds: Number(values.rounds),
  hasBackgroundFetch: values["background-fetch"],
});
const { lost, duplicated, corrupt, disordered, stuck, orphans } = figures;
const isClean = [lost, duplicated, corrupt, disordered, stuck, orphans].every((count) => count === 0);
if (!isClean || values.story) console.error(story.join("\n"));
console.log(values.json ? JSON.stringify(figures) : figures);
process.exit(isClean ? 0 : 1);
