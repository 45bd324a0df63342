import { defineConfig } from "@playwright/test";
import type { EngineOptions } from "./tests/support/fixtures.ts";

/**
 * CI, and `npm test`: Chromium runs everything but variants, which are other tests again with other tools or in another kind
 * of worker; Firefox and WebKit run one test of nearly each file (`@core`). `ALL_ENGINES=1` runs all in each.
 */
const isWhole = process.env.ALL_ENGINES !== undefined;
const inChromium = isWhole ? {} : { grepInvert: /@variant/ };
const inOthers = isWhole ? {} : { grep: /@core/ };

/** What the product does, and what of Apple's URLSession it does alike. */
const inBrowsers = { testDir: "tests", testMatch: /\/(browser|conformance)\/[^/]+\.spec\.ts$/ };

export default defineConfig<object, EngineOptions>({
  globalSetup: "./tests/support/build-site.ts",
  projects: [
    // The longest go first: they wait while others work.
    { name: "lifetime", testDir: "tests/lifetime" },
    { name: "chromium", ...inBrowsers, use: { engine: "chromium" }, ...inChromium },
    { name: "firefox", ...inBrowsers, use: { engine: "firefox" }, ...inOthers },
    { name: "webkit", ...inBrowsers, use: { engine: "webkit" }, ...inOthers },
  ],
  fullyParallel: true,
  // They wait more than they work: five keep two cores busy. With seven, what a test switches on in the browser (offline,
  // for example) comes too late for some.
  workers: 5,
  // A shared machine may be slow; no test asserts a time.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  // A test that passes only at a later try is reported as flaky, and its story is for us to find.
  retries: process.env.CI === undefined ? 0 : 2,
  forbidOnly: process.env.CI !== undefined,
  reporter: [["list"]],
  outputDir: "test-results",
});
