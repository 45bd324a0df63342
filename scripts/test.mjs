// `npm test`: everything that must hold, on a fresh clone too. Arguments go to Playwright: `npm test -- reload`.
import { installBrowsers } from "./browsers.mjs";
import { installPackages } from "./run.mjs";
import { installServers } from "./servers.mjs";
import { build, checkSource, printTotal, step } from "./steps.mjs";

installPackages();
await installBrowsers();
installServers();
await build();
await checkSource();
await step("unused code", ["knip"]);
const chosen = process.argv.slice(2);
if (chosen.length > 0) {
  await testInNode();
  await testInBrowsers(chosen);
} else {
  // The tests in Node and those in browsers keep all cores busy: side by side, they would make each other late. The tests
  // of lifetimes wait for minutes, and work little.
  await Promise.all([testInNode(), testInBrowsers(["--project=lifetime"])]);
  await testInBrowsers(["--project=chromium", "--project=firefox", "--project=webkit"], {
    SITE_IS_BUILT: "1",
  });
}
printTotal();

function testInBrowsers(selection, env = {}) {
  return step("browser tests", ["playwright", "test", ...selection], { env });
}

async function testInNode() {
  // The heaviest properties run a third of their cases: all, with `ALL_ENGINES=1`.
  const FUZZ_FACTOR = process.env.ALL_ENGINES === undefined ? "0.3" : "1";
  await beside("tests in Node", ["vitest", "run"], { FUZZ_FACTOR, ...process.env });
  await Promise.all([checkPackage(), checkDocuments()]);
}

async function checkPackage() {
  await beside("package", ["node", "scripts/check-package.mjs"]);
  await beside("sizes", ["node", "scripts/check-size.mjs"]);
}

async function checkDocuments() {
  await beside("samples", ["node", "scripts/check-samples.mjs"]);
  await beside("documentation site", ["node", "scripts/docs.mjs"]);
  await beside("search of the site", ["tsx", "website/check-search.ts"]);
}

function beside(name, command, env = {}) {
  return step(name, command, { isBeside: true, env });
}
