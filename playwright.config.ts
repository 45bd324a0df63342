import { defineConfig } from "@playwright/test";

export default defineConfig({
  globalSetup: "./tests/support/build-site.ts",
  projects: [
    { name: "chromium", testDir: "tests/browser" },
    { name: "lifetime", testDir: "tests/lifetime" },
    { name: "other engines", testDir: "tests/engines" },
  ],
  fullyParallel: true,
  workers: 2,
  timeout: 90_000,
  // A shared machine may be slow; no test asserts a time.
  expect: { timeout: 15_000 },
  // A test that passes only at a later try is reported as flaky, and its story is for us to find.
  retries: process.env.CI === undefined ? 0 : 2,
  forbidOnly: process.env.CI !== undefined,
  reporter: [["list"]],
  outputDir: "test-results",
});
