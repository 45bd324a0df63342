// `npm run lighthouse`: builds the demo, serves it, and has Lighthouse judge it as a phone and as a computer see it. Fails
// if a category gets fewer than 95 points. The performance is measured on this machine and depends on what else it does:
// each figure is the median of three runs. The whole reports are in .cache/lighthouse.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { chromiumPath, installBrowsers } from "./browsers.mjs";
import { installPackages, ROOT, run } from "./run.mjs";
import { printTotal, step } from "./steps.mjs";

/** The last version for Node 20. It brings 200 packages, so it is no dependency. */
const VERSION = "12.8.2";
const FOLDER = `${ROOT}.cache/lighthouse`;
const MODULES = `${FOLDER}/node_modules`;
const RUNS = 3;
const ENOUGH_POINTS = 95;

installPackages();
await installBrowsers(["chromium"]);
await installLighthouse();
await step("demo", ["vite", "build", "-c", "demo/vite.config.ts", "--logLevel", "warn"]);

const { tsImport } = await import("tsx/esm/api");
const { startServer } = await tsImport("../server/server.ts", import.meta.url);
const { launch } = await import(`${MODULES}/chrome-launcher/dist/index.js`);
const { default: lighthouse, desktopConfig } = await import(`${MODULES}/lighthouse/core/index.js`);

const server = await startServer({ staticDirs: [`${ROOT}dist-demo`] });
console.log();
for (const [name, config] of Object.entries({ mobile: undefined, desktop: desktopConfig }))
  await judge(name, config);
await server.close();
if (process.exitCode === undefined) printTotal();
else {
  const [load] = loadavg();
  console.log(`The load of this machine was ${load.toFixed(1)}, with ${availableParallelism()} cores.`);
}

async function installLighthouse() {
  const manifest = `${MODULES}/lighthouse/package.json`;
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === VERSION) return;
  await mkdir(FOLDER, { recursive: true });
  const quietly = ["--no-audit", "--no-fund", "--no-save", "--no-package-lock"];
  run("npm", ["install", "--prefix", FOLDER, ...quietly, `lighthouse@${VERSION}`]);
}

/** Prints the points of each category, and what cost some; keeps the report of the run with the median performance. */
async function judge(name, config) {
  const results = [];
  while (results.length < RUNS) results.push(await runOnce(config));
  const performanceOf = ({ lhr }) => lhr.categories.performance.score;
  results.sort((a, b) => performanceOf(a) - performanceOf(b));
  const { lhr, report } = results[Math.floor(RUNS / 2)];
  for (const [index, kind] of ["html", "json"].entries())
    await writeFile(`${FOLDER}/${name}.${kind}`, report[index]);
  for (const [id, { title, score, auditRefs }] of Object.entries(lhr.categories)) {
    const points = pointsOf(score);
    const all = results.map((it) => pointsOf(it.lhr.categories[id].score));
    const isEnough = points >= ENOUGH_POINTS;
    console.log(`${isEnough ? "✓" : "✗"} ${name}, ${title}: ${points} (${all.join(", ")})`);
    if (!isEnough) process.exitCode = 1;
    for (const { id, weight } of auditRefs) {
      const { title, score, displayValue } = lhr.audits[id];
      if (weight > 0 && score !== null && score < 1)
        console.log(`    ${title}: ${displayValue ?? "failed"}, ${pointsOf(score)} of 100`);
    }
  }
}

/** A browser of its own, which has nothing of the page yet. */
async function runOnce(config) {
  const browser = await launch({
    chromePath: await chromiumPath(),
    chromeFlags: ["--headless=new", "--no-sandbox"],
  });
  try {
    const options = { port: browser.port, output: ["html", "json"], logLevel: "error" };
    const result = await lighthouse(server.origin, options, config);
    const { runtimeError } = result.lhr;
    if (runtimeError !== undefined) throw new Error(runtimeError.message);
    return result;
  } finally {
    browser.kill();
  }
}

function pointsOf(score) {
  return Math.round(score * 100);
}
