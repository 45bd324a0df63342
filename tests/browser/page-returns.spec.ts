import { setTimeout as pause } from "node:timers/promises";
import { needs } from "../support/absences.ts";
import { ENGINES } from "../support/engines.ts";
import { expect, test } from "../support/fixtures.ts";
import { openRawApp } from "../support/raw-app.ts";
import { RawChromium } from "../support/raw-chromium.ts";
import { checkpoint } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf, expectFile } from "../support/task-end.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

// A page was in the back/forward cache or frozen while a session was open, and has missed what other tabs did.

const PATH = "/files/20MB.bin";

/** With a back/forward cache, as users have it. */
const cached = test.extend<{ browserApp: TestBrowser }>({
  browserApp: async ({ engine }, use) => {
    const browser = await ENGINES[engine].launch({ hasPageCache: true });
    await use(browser);
    await browser.close();
  },
});

cached.use({ needed: ["page-cache"] });

interface Kept {
  x: { resume(): Promise<unknown>; suspend(): Promise<unknown>; state: string };
}

/** Goes to another page of the site. @returns a function that goes back to the very same page */
async function goAway(page: TestPage, origin: string): Promise<() => Promise<void>> {
  const realm = await page.evaluate(() => app.realm);
  await page.goto(`${origin}/idb.js`);
  return async () => {
    // The driver's own `goBack` waits for a page load, which never comes. Questions asked while WebKit swaps the
    // pages are never answered.
    const patiently = (answer: Promise<unknown>) => Promise.race([answer.catch(() => {}), pause(1_000)]);
    await patiently(page.evaluate(() => history.back()));
    await expect.poll(() => patiently(page.evaluate(() => globalThis.app?.realm))).toBe(realm);
  };
}

function openSession(page: TestPage): Promise<unknown> {
  return page.evaluate(async () => void (await app.open()));
}

function statesOf(page: TestPage): Promise<Record<string, string>> {
  return page.evaluate(() => {
    const tasks = app.BackgroundSession.current("test")?.tasks() ?? [];
    return Object.fromEntries(tasks.map(({ id, state }) => [id, state]));
  });
}

/** The changes that the other tab makes while this one is away. */
async function change(other: TestPage): Promise<void> {
  await openSession(other);
  await other.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const x = session?.task("x");
    if (x === undefined) throw new Error("x is not there");
    x.priority = 0.9;
    await x.suspend();
    await session?.task("z")?.cancel();
    await session?.downloadTask("/files/20MB.bin?throttle=100KB", { id: "y" }).resume();
  });
}

/** A browser that is closed during transfers is slow. */
async function tidy(page: TestPage): Promise<void> {
  await page.evaluate(() => app.BackgroundSession.current("test")?.invalidateAndCancel());
}

async function begin(page: TestPage): Promise<void> {
  await startDownload(page, "x", `${PATH}?throttle=4MB`);
  await startDownload(page, "z", `${PATH}?throttle=100KB&key=z`);
  await checkpoint(page, "x");
  await page.evaluate(() => {
    Object.assign(globalThis, { x: app.BackgroundSession.current("test")?.task("x") });
  });
}

cached(
  "a page that returns knows what another tab suspended, made and cancelled, and resumes it",
  {
    tag: "@core",
  },
  async ({ browserApp, page, site }) => {
    await begin(page);
    const other = await browserApp.open(site.origin);
    const comeBack = await goAway(page, site.origin);
    await change(other);
    await comeBack();
    await expect.poll(() => statesOf(page)).toEqual({ x: "suspended", y: "running" });
    expect(await page.evaluate(() => app.BackgroundSession.current("test")?.task("x")?.priority)).toBe(0.9);
    expect(
      await page.evaluate(
        () =>
          (globalThis as unknown as Kept).x === (app.BackgroundSession.current("test")?.task("x") as unknown),
      ),
    ).toBe(true);
    await page.evaluate(() => (globalThis as unknown as Kept).x.resume());
    await expect.poll(() => statesOf(other)).toMatchObject({ x: "running" });
    await expectFile(page, "x", await site.sha256(PATH));
    expect(await page.evaluate(() => (globalThis as unknown as Kept).x.state)).toBe("completed");
    await tidy(other);
  },
);

for (const [did, wish, wanted] of [
  ["suspended", "resume", "running"],
  ["suspended and resumed", "suspend", "suspended"],
] as const) {
  cached(
    `${wish}() right at the return applies to what another tab has ${did}`,
    async ({ browserApp, page, site }) => {
      await begin(page);
      const other = await browserApp.open(site.origin);
      await openSession(other);
      if (did === "suspended and resumed") {
        await other.evaluate(() => app.BackgroundSession.current("test")?.task("x")?.suspend());
        await expect.poll(() => statesOf(page)).toMatchObject({ x: "suspended" });
      }
      await page.evaluate((wish) => {
        addEventListener("pageshow", () => void (globalThis as unknown as Kept).x[wish]());
      }, wish);
      const comeBack = await goAway(page, site.origin);
      await other.evaluate(async (did) => {
        const x = app.BackgroundSession.current("test")?.task("x");
        await (did === "suspended" ? x?.suspend() : x?.resume());
      }, did);
      await comeBack();
      await expect.poll(() => statesOf(other)).toMatchObject({ x: wanted });
      await expect.poll(() => statesOf(page)).toMatchObject({ x: wanted });
      await tidy(other);
    },
  );
}

cached(
  "a task whose events another tab settled meanwhile ends in this page as well",
  async ({ browserApp, page, site }) => {
    await page.evaluate(async () => {
      const session = await app.open();
      // A download's row would stay as long as a script may hold its file.
      const task = session.dataTask("/files/100KB.bin?throttle=20KB", { id: "data" });
      await task.resume();
      Object.assign(globalThis, { x: task });
    });
    await checkpoint(page, "data");
    const comeBack = await goAway(page, site.origin);
    const other = await browserApp.open(site.origin);
    await openSession(other);
    expect(await endOf(other, "data")).toHaveLength(1);
    // Its row is swept a little later.
    await expect.poll(() => other.evaluate(async () => (await app.rows("tasks")).length)).toBe(0);
    await comeBack();
    await expect.poll(() => page.evaluate(() => (globalThis as unknown as Kept).x.state)).toBe("completed");
    expect(await statesOf(page)).toEqual({});
  },
);

cached(
  "a session that another tab deleted meanwhile has ended in this page as well",
  async ({ browserApp, page, site }) => {
    await begin(page);
    const other = await browserApp.open(site.origin);
    const comeBack = await goAway(page, site.origin);
    await other.evaluate(() => app.BackgroundSession.delete("test", { serviceWorker: "/sw.js" }));
    await comeBack();
    await expect.poll(() => page.evaluate(() => app.news)).toContain("invalid session-invalidated");
    expect(
      await other.evaluate(() => app.BackgroundSession.identifiers({ serviceWorker: "/sw.js" })),
    ).toEqual([]);
  },
);

cached(
  "a cached page does not block the deletion of databases, and its session has ended when it returns",
  async ({ browserApp, page, site }) => {
    await startDownload(page, "file", "/files/1MB.bin");
    await expectFile(page, "file", await site.sha256("/files/1MB.bin"));
    const other = await browserApp.open(site.origin);
    const comeBack = await goAway(page, site.origin);
    const deleted = other.evaluate(
      () =>
        new Promise((resolve) => {
          const request = indexedDB.deleteDatabase("background-session:/");
          request.onsuccess = () => resolve("deleted");
          setTimeout(resolve, 10_000, "blocked");
        }),
    );
    expect(await deleted).toBe("deleted");
    await comeBack();
    await expect.poll(() => page.evaluate(() => app.news)).toContain("invalid session-invalidated");
  },
);

test(
  "a page that thaws sees what another tab suspended and made, and resumes it",
  needs("page-freezing"),
  async ({ site }) => {
    test.slow();
    const browser = await RawChromium.launch();
    const evaluate = <Value>(page: string, expression: string) => browser.evaluate<Value>(page, expression);
    const session = `app.BackgroundSession.current("test")`;
    const statesIn = (page: string) =>
      evaluate(page, `Object.fromEntries(${session}.tasks().map(({ id, state }) => [id, state]))`);
    try {
      const frozen = await openRawApp(browser, site.origin);
      const other = await openRawApp(browser, site.origin);
      const url = `${PATH}?throttle=2MB`;
      await evaluate(frozen, `${session}.downloadTask("${url}", { id: "x" }).resume().then(() => {})`);
      await expect.poll(() => statesIn(other)).toEqual({ x: "running" });
      await browser.setFrozen(frozen, true);
      await evaluate(other, `${session}.task("x").suspend()`);
      await evaluate(other, `${session}.downloadTask("${url}&key=y", { id: "y" }).resume().then(() => {})`);
      await browser.setFrozen(frozen, false);
      await expect.poll(() => statesIn(frozen)).toEqual({ x: "suspended", y: "running" });
      await evaluate(frozen, `${session}.task("x").resume().then(() => {})`);
      await expect.poll(() => statesIn(other)).toMatchObject({ x: "running" });
    } finally {
      await browser.close();
    }
  },
);
