import { test as base, expect, type TestType } from "@playwright/test";
import { startServer, type TestServer } from "../../server/server.ts";
import { type Need, rowOf } from "./absences.ts";
import type { JournalEntry } from "./app/journal.ts";
import type { App } from "./app/main.ts";
import { SITE_DIR } from "./build-site.ts";
import { ChromiumBrowser } from "./chromium.ts";
import { ENGINES } from "./engines.ts";
import { RunningBrowser } from "./running-browser.ts";
import type { EngineName, TestBrowser, TestPage } from "./test-browser.ts";

declare global {
  // What tests/support/app puts on its page.
  var app: App;
}

interface Fixtures {
  /** What the tests of a file need that not every engine has; a single test says it by `needs`. */
  needed: readonly Need[];
  /**
   * For what a browser counts for more than one site: WebKit the time that a worker has after its last page, for a host
   * whatever the port; Firefox the room on disk, for all.
   */
  ownBrowser: boolean;
  /** The server of the test app, on origins of its own. */
  site: TestServer;
  /** A real browser that has not seen the site. */
  browserApp: TestBrowser;
  /** The same where it has to be this one, for what only its debugger can do. */
  chromium: ChromiumBrowser;
  /** A page of the test app. */
  page: TestPage;
}

export interface EngineOptions {
  engine: EngineName;
}

interface WorkerFixtures extends EngineOptions {
  running: RunningBrowser;
}

/** Its pages are ours: not every engine has Playwright's. */
const withoutPages = base as unknown as TestType<object, object>;

export const test = withoutPages.extend<Fixtures & { leftOut: undefined }, WorkerFixtures>({
  engine: ["chromium", { option: true, scope: "worker" }],
  needed: [[], { option: true }],
  ownBrowser: [false, { option: true }],
  running: [
    async ({ engine }, use) => {
      const running = new RunningBrowser(engine);
      await use(running);
      await running.end();
    },
    { scope: "worker" },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures out of the pattern.
  site: async ({}, use) => {
    const server = await startFreshServer();
    await use(server);
    await server.close();
  },
  // Leaves a test out where the engine lacks what it needs, once a page has shown that it does.
  leftOut: [
    async ({ engine, needed, site }, use, { annotations }) => {
      const isInstalled = ENGINES[engine].isInstalled();
      test.skip(!isInstalled && process.env.CI === undefined, `${engine} is not installed`);
      const own = annotations.filter(({ type }) => type === "needs").map(({ description }) => description);
      for (const need of [...needed, ...(own as Need[])]) {
        const { lacking, why } = rowOf(need);
        if (!lacking.includes(engine)) continue;
        await expectAbsence(engine, need, site.origin);
        test.skip(true, `${engine}: ${why} (${need})`);
      }
      await use(undefined);
    },
    { auto: true },
  ],
  browserApp: async ({ engine, ownBrowser, running, site }, use) => {
    if (ownBrowser && engine !== "chromium") await running.end();
    await use(await running.take());
    await running.giveBack([site.origin, site.crossOrigin]);
  },
  chromium: async ({ browserApp }, use) => {
    if (!(browserApp instanceof ChromiumBrowser)) throw new Error("Say by `needs` what only Chromium has.");
    await use(browserApp);
  },
  page: async ({ browserApp, site }, use) => {
    await use(await browserApp.open(site.origin));
  },
});

export { expect };

const usedOrigins = new Set<string>();

/** On origins that the running browser has not seen. */
async function startFreshServer(): Promise<TestServer> {
  const server = await startServer({ staticDirs: [SITE_DIR], keepAlive: false });
  const origins = [server.origin, server.crossOrigin];
  const isFresh = origins.every((origin) => !usedOrigins.has(origin));
  for (const origin of origins) usedOrigins.add(origin);
  if (isFresh) return server;
  await server.close();
  return startFreshServer();
}

const seenAbsences = new Set<Need>();

/** Looks in a real page, once in each process of the tests. */
async function expectAbsence(engine: EngineName, need: Need, origin: string): Promise<void> {
  const { isThere } = rowOf(need);
  if (isThere === undefined || seenAbsences.has(need)) return;
  const browser = await ENGINES[engine].launch();
  try {
    const page = await browser.open(origin);
    expect(await page.evaluate(isThere), `${need} is said to be absent in ${engine}`).toBe(false);
  } finally {
    await browser.close();
  }
  seenAbsences.add(need);
}

/** Waits until the app has noted down that the task is complete, and returns all that it noted of it. */
export async function completion(page: TestPage, id: string, timeoutMs = 30_000): Promise<JournalEntry[]> {
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
