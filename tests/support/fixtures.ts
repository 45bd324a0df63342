import { test as base, expect, type Page } from "@playwright/test";
import { startServer, type TestServer } from "../../demo/server/server.ts";
import type { JournalEntry } from "./app/journal.ts";
import type { App } from "./app/main.ts";
import { SITE_DIR } from "./build-site.ts";
import { TestBrowser } from "./chromium.ts";

declare global {
  // What tests/support/app puts on its page.
  var app: App;
}

interface Fixtures {
  /** A real browser on a fresh profile. */
  browserApp: TestBrowser;
  /** A page of the test app. */
  page: Page;
}

interface WorkerFixtures {
  site: TestServer;
}

export const test = base.extend<Fixtures & { freshServer: undefined }, WorkerFixtures>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures out of the pattern.
    async ({}, use) => {
      const server = await startServer({ staticDirs: [SITE_DIR], keepAlive: false });
      await use(server);
      await server.close();
    },
    { scope: "worker" },
  ],
  freshServer: [
    async ({ site }, use) => {
      site.reset();
      await use(undefined);
    },
    { auto: true },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: see above
  browserApp: async ({}, use) => {
    const browser = await TestBrowser.launch();
    await use(browser);
    await browser.close();
  },
  page: async ({ browserApp, site }, use) => {
    await use(await browserApp.open(site.origin));
  },
});

export { expect };

/** Waits until the app has noted down that the task is complete, and returns all that it noted of it. */
export async function completion(page: Page, id: string, timeoutMs = 30_000): Promise<JournalEntry[]> {
  let noted: JournalEntry[] = [];
  await expect
    .poll(
      async () => {
        noted = (await page.evaluate(() => app.entries())).filter((entry) => entry.id === id);
        return noted.map((entry) => entry.type);
      },
      { timeout: timeoutMs, intervals: [50, 100, 200] },
    )
    .toContain("didComplete");
  return noted;
}
