import { needs } from "../support/absences.ts";
import { isOfTheBrowser } from "../support/background-fetches.ts";
import { expect, test } from "../support/fixtures.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

// Several apps of one origin, each with a scope and a worker of its own. The browser shows each worker the pages of all.

/** A page of the app whose scope is `/other/`; the page of the fixture is of the one whose scope is `/`. */
async function openOtherApp(browser: TestBrowser, origin: string): Promise<TestPage> {
  const page = await browser.open(origin);
  await page.evaluate(() => app.open("test", { serviceWorker: { url: "/sw.js", scope: "/other/" } }));
  return page;
}

function registrationsIn(page: TestPage, scope: string): Promise<string[]> {
  return page.evaluate(async (scope) => {
    const registration: unknown = await navigator.serviceWorker.getRegistration(scope);
    return (registration as { backgroundFetch: { getIds(): Promise<string[]> } }).backgroundFetch.getIds();
  }, scope);
}

test(
  "a background fetch is started by a page of its own app, although one of another was used last",
  needs("background-fetch"),
  async ({ browserApp, page, site }) => {
    const file = "/files/10MB.bin?throttle=4MB";
    await page.evaluate(() => app.open("test", { configuration: { transport: "background-fetch" } }));
    const other = await openOtherApp(browserApp, site.origin);
    await startDownload(page, "one", file);
    await expect.poll(() => registrationsIn(page, "/")).toHaveLength(1);
    expect(await registrationsIn(other, "/other/")).toEqual([]);
    await expectFile(page, "one", await site.sha256(file), { timeoutMs: 60_000 });
    expect(site.requests(file).map(isOfTheBrowser)).toEqual([true]);
  },
);

/** Counts in a page how often a worker has asked whether it is there, and how often it has answered any worker. */
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

test("a page answers the questions of its own worker alone", async ({ browserApp, page, site }) => {
  test.slow();
  await page.evaluate(() => app.open());
  const other = await openOtherApp(browserApp, site.origin);
  const [own, foreign] = [await countAnswers(page), await countAnswers(other)];
  // The worker asks every 10 s while there is work.
  await startDownload(page, "one", "/files/60MB.bin?throttle=400KB");
  await expect.poll(async () => (await own()).answers, { timeout: 40_000 }).toBeGreaterThan(1);
  await expect.poll(async () => (await foreign()).questions, { timeout: 40_000 }).toBeGreaterThan(1);
  expect((await foreign()).answers).toBe(0);
});
