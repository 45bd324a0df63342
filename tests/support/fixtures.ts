import { test as base, expect, type TestType } from "@playwright/test";
import { startServer, type TestServer } from "../../server/server.ts";
import { type Need, rowOf } from "./absences.ts";
import type { JournalEntry } from "./app/journal.ts";
import type { App } from "./app/main.ts";
import { SITE_DIR } from "./build-site.ts";
import { ChromiumBrowser } from "./chromium.ts";
import { ENGINES } from "./engines.ts";
import { RunningBrowser } from "./running-browser.ts";
import type { EngineName, Lack, TestBrowser, TestPage } from "./test-browser.ts";

declare global {
  // The global that tests/support/app puts on its page.
  var app: App;
}

interface Fixtures {
  /** The needs of all tests of a file; a single test uses `needs`. */
  needed: readonly Need[];
  /**
   * For limits that a browser applies to several sites together: WebKit counts the time of a worker after its last
   * page by host, whatever the port; Firefox counts disk space for all sites.
   */
  ownBrowser: boolean;
  /** What the browser lacks. */
  lacks: readonly Lack[];
  /** The server of the test app, on its own origins. */
  site: TestServer;
  /** A real browser that has not seen the site. */
  browserApp: TestBrowser;
  /** The same browser as Chromium, for what only its debugger can do. */
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

/** The pages come from our own fixture: not every engine has Playwright's. */
const withoutPages = base as unknown as TestType<object, object>;

export const test = withoutPages.extend<Fixtures & { leftOut: undefined }, WorkerFixtures>({
  engine: ["chromium", { option: true, scope: "worker" }],
  needed: [[], { option: true }],
  ownBrowser: [false, { option: true }],
  lacks: [[], { option: true }],
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
  // Skips a test if the engine lacks what it needs, after a page has confirmed that.
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
  browserApp: async ({ engine, lacks, ownBrowser, running, site }, use) => {
    if (ownBrowser && engine !== "chromium") await running.end();
    await use(await running.take(lacks.length === 0 ? {} : { lacks }));
    await running.giveBack(originsAsked(site));
  },
  chromium: async ({ browserApp }, use) => {
    if (!(browserApp instanceof ChromiumBrowser))
      throw new Error("Only Chromium has this fixture: say so by `needs`.");
    await use(browserApp);
  },
  page: async ({ browserApp, site }, use) => {
    await use(await browserApp.open(site.origin));
  },
});

export { expect };

/** An origin that nobody asked has stored nothing; to clear it takes as long as to clear one that has. */
function originsAsked(site: TestServer): string[] {
  const isCrossAsked = site.requests(({ listener }) => listener === "cross").length > 0;
  return isCrossAsked ? [site.origin, site.crossOrigin] : [site.origin];
}

const usedOrigins = new Set<string>();

/** Starts a server on origins that the running browser has not seen. */
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

/** Checks in a real page, once in each test process. */
async function expectAbsence(engine: EngineName, need: Need, origin: string): Promise<void> {
  const { isThere } = rowOf(need);
  if (isThere === undefined || seenAbsences.has(need)) return;
  const browser = await ENGINES[engine].launch();
  try {
    const page = await browser.open(origin);
    expect(await page.evaluate(isThere), `${need} is declared absent in ${engine}`).toBe(false);
  } finally {
    await browser.close();
  }
  seenAbsences.add(need);
}

/** Waits until the app has noted that the task is complete, and returns all its notes on the task. */
export async function completion(page: TestPage, id: string, timeoutMs = 30_000): Promise<JournalEntry[]> {
  // Asked again in the page: many tests wait side by side, and a question from outside costs ten times as much.
  const noted = await page.evaluate(
    async ([name, ms]) => {
      const end = Date.now() + ms;
      for (;;) {
        const own = (await app.entries()).filter((entry) => entry.id === name);
        if (own.some(({ type }) => type === "didComplete") || Date.now() > end) return own;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    [id, timeoutMs] as const,
  );
  const types = noted.map(({ type }) => type);
  expect(types, `${id} within ${timeoutMs} ms`).toContain("didComplete");
  return noted;
}
