import { readFile } from "node:fs/promises";
import type { TestServer } from "../../server/server.ts";
import { needs } from "../support/absences.ts";
import { isOfTheBrowser } from "../support/background-fetches.ts";
import { SITE_DIR } from "../support/build-site.ts";
import { expect, test } from "../support/fixtures.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

// Several apps on one origin, each with its own scope and worker. The browser shows every worker the pages of all
// apps.

/** Opens a page of the app with the scope `/other/`; the fixture's page belongs to the app with the scope `/`. */
async function openOtherApp(browser: TestBrowser, site: TestServer): Promise<TestPage> {
  const body = await readFile(`${SITE_DIR}/index.html`);
  site.serve("/other/", { body, type: "text/html" });
  const page = await browser.open(`${site.origin}/other/`);
  await page.evaluate(() => app.open("test", { serviceWorker: { url: "/sw.js", scope: "/other/" } }));
  return page;
}

/** Counts the background fetches that a page starts. */
async function countStarts(page: TestPage): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const { prototype } = (globalThis as never as { BackgroundFetchManager: { prototype: Manager } })
      .BackgroundFetchManager;
    type Manager = { fetch(...all: unknown[]): unknown };
    const { fetch } = prototype;
    prototype.fetch = function (...all) {
      Object.assign(globalThis, { starts: starts() + 1 });
      return fetch.apply(this, all);
    };
    const starts = (): number => (globalThis as { starts?: number }).starts ?? 0;
  });
  return () => page.evaluate(() => (globalThis as { starts?: number }).starts ?? 0);
}

test(
  "a background fetch is started by a page of its own app, although the browser lists a page of another app first",
  needs("background-fetch"),
  async ({ browserApp, page, site }) => {
    const file = "/files/10MB.bin?throttle=4MB";
    await page.evaluate(() => app.open("test", { configuration: { transport: "background-fetch" } }));
    const other = await openOtherApp(browserApp, site);
    const [own, foreign] = [await countStarts(page), await countStarts(other)];
    await startDownload(page, "one", file);
    await expectFile(page, "one", await site.sha256(file), { timeoutMs: 60_000 });
    expect([await own(), await foreign()]).toEqual([1, 0]);
    expect(site.requests(file).map(isOfTheBrowser)).toEqual([true]);
  },
);

/** Counts in a page the presence questions of any worker, and the page's answers to them. */
async function countAnswers(page: TestPage): Promise<() => Promise<{ questions: number; answers: number }>> {
  await page.evaluate(() => {
    const counts = { questions: 0, answers: 0 };
    navigator.serviceWorker.addEventListener("message", ({ data }) => {
      if (data?.backgroundSession === "are-you-there") counts.questions += 1;
    });
    const { postMessage } = ServiceWorker.prototype;
    ServiceWorker.prototype.postMessage = function (message: unknown, ...rest: unknown[]) {
      const { command } = message as { command?: { type: string } };
      if (command?.type === "presence") counts.answers += 1;
      return postMessage.apply(this, [message, ...rest] as never);
    };
    Object.assign(globalThis, { counts });
  });
  return () => page.evaluate(() => (globalThis as never as { counts: never }).counts);
}

test("a page answers only its own worker's questions", async ({ browserApp, page, site }) => {
  test.slow();
  await page.evaluate(() => app.open());
  const other = await openOtherApp(browserApp, site);
  const [own, foreign] = [await countAnswers(page), await countAnswers(other)];
  // The worker asks every 10 s while it has work.
  await startDownload(page, "one", "/files/60MB.bin?throttle=400KB");
  await expect.poll(async () => (await own()).answers, { timeout: 40_000 }).toBeGreaterThan(1);
  await expect.poll(async () => (await foreign()).questions, { timeout: 40_000 }).toBeGreaterThan(1);
  expect((await foreign()).answers).toBe(0);
});
