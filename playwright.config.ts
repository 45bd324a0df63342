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
  timeout: 60_000,
  forbidOnly: process.env.CI !== undefined,
  reporter: [["list"]],
  outputDir: "test-results",
});
