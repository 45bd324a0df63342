import { setTimeout as pause } from "node:timers/promises";
import { needs } from "../support/absences.ts";
import { ChromiumBrowser } from "../support/chromium.ts";
import { expect, test } from "../support/fixtures.ts";
import { openRawApp } from "../support/raw-app.ts";
import { RawChromium } from "../support/raw-chromium.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf, expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

function roleOf(page: TestPage): Promise<string | undefined> {
  return page.evaluate(() => app.BackgroundSession.current("test")?.role);
}

test(
  "twenty tabs that open at once are one owner and nineteen observers; when the owner crashes, the next tab becomes the owner",
  needs("crash-of-one-page"),
  async ({ browserApp, site }) => {
    test.slow();
    const pages = await Promise.all(Array.from({ length: 20 }, () => browserApp.open(site.origin)));
    const roles = await Promise.all(pages.map((page) => page.evaluate(async () => (await app.open()).role)));
    expect(roles.filter((role) => role === "owner")).toHaveLength(1);
    expect(roles.filter((role) => role === "observer")).toHaveLength(19);

    // An observer can see tasks and make new ones.
    const owner = pages[roles.indexOf("owner")] as TestPage;
    const others = pages.filter((page) => page !== owner);
    const [first, second] = others as [TestPage, TestPage];
    await startDownload(first, "before", "/files/1MB.bin");
    await expectFile(owner, "before", await site.sha256("/files/1MB.bin"));
    await startDownload(second, "during", "/files/3MB.bin?throttle=1MB");

    await browserApp.crash(owner);
    const owners = async () => (await Promise.all(others.map(roleOf))).filter((role) => role === "owner");
    await expect.poll(owners, { timeout: 30_000 }).toHaveLength(1);
    await expectFile(first, "during", await site.sha256("/files/3MB.bin"));
    expect(await first.evaluate(() => app.entries())).toHaveLength(4);
    expect(await owners()).toHaveLength(1);
  },
);

test("an owner that hangs loses its session to an observer that waits for events, and learns of it", async ({
  browserApp,
  page,
  site,
}) => {
  test.slow();
  await page.evaluate(() => app.open());
  const observer = await browserApp.open(site.origin);
  await observer.evaluate(() => app.open());
  const hung = page.evaluate(() => {
    const end = Date.now() + 15_000;
    while (Date.now() < end);
  });
  await startDownload(observer, "file", "/files/100KB.bin");
  await expectFile(observer, "file", await site.sha256("/files/100KB.bin"));
  expect(await roleOf(observer)).toBe("owner");
  await hung;
  await expect.poll(() => page.evaluate(() => app.news)).toEqual(["invalid session-taken-over"]);
  expect(await endOf(observer, "file")).toHaveLength(2);
});

test('a page with onBusy "fail" is not refused because of an owner that hangs', async ({
  browserApp,
  page,
  site,
}) => {
  await page.evaluate(() => app.open());
  const hung = page.evaluate(() => {
    const end = Date.now() + 15_000;
    while (Date.now() < end);
  });
  const next = await browserApp.open(site.origin);
  expect(await next.evaluate(async () => (await app.open("test", { onBusy: "fail" })).role)).toBe("owner");
  await hung;
});

// The owner of that session held the lock under which one page at a time checks whether the owner of "x" is dead.
test('a session "x#succession" on another page does not keep "x" from being taken from an owner that hangs', async ({
  browserApp,
  page,
  site,
}) => {
  const other = await browserApp.open(site.origin);
  await other.evaluate(async () => (await app.open("x#succession")).role);
  const next = await browserApp.open(site.origin);
  await page.evaluate(async () => (await app.open("x")).role);
  const hung = page.evaluate(() => {
    const end = Date.now() + 15_000;
    while (Date.now() < end);
  });
  const taken = await next.evaluate(async () => {
    const { role } = await app.open("x", { onBusy: "fail" });
    return role;
  });
  expect(taken).toBe("owner");
  await hung;
});

test("an owner that is frozen loses its session, and learns of it when it thaws", async ({ site }) => {
  test.slow();
  const browser = await RawChromium.launch();
  try {
    const frozen = await openRawApp(browser, site.origin);
    const observer = await openRawApp(browser, site.origin);
    await browser.setFrozen(frozen, true);
    await browser.evaluate(
      observer,
      `app.BackgroundSession.current("test").downloadTask("/files/100KB.bin", { id: "file" }).resume().then(() => {})`,
    );
    const noted = () =>
      browser.evaluate<string[]>(observer, "app.entries().then((all) => all.map((it) => it.type))");
    await expect.poll(noted, { timeout: 30_000 }).toEqual(["didFinishDownloading", "didComplete"]);
    expect(await browser.evaluate(observer, `app.BackgroundSession.current("test").role`)).toBe("owner");
    await browser.setFrozen(frozen, false);
    await expect.poll(() => browser.evaluate(frozen, "app.news")).toEqual(["invalid session-taken-over"]);
    expect(await noted()).toHaveLength(2);
  } finally {
    await browser.close();
  }
});

test("a frozen observer does not keep a worker from starting again", async ({ site }) => {
  test.slow();
  const browser = await RawChromium.launch();
  try {
    const owner = await openRawApp(browser, site.origin);
    const observer = await openRawApp(browser, site.origin);
    // A browser freezes a page long after it was opened.
    await pause(1_000);
    await browser.setFrozen(observer, true);
    await browser.stopWorkers(owner);
    await browser.evaluate(
      owner,
      `app.BackgroundSession.current("test").downloadTask("/files/100KB.bin", { id: "file" }).resume().then(() => {})`,
    );
    await expect
      .poll(() => browser.evaluate(owner, "app.entries().then((all) => all.length)"), { timeout: 30_000 })
      .toBe(2);
  } finally {
    await browser.close();
  }
});

for (const [what, isTaken] of [
  ["and becomes the owner again when it comes back", false],
  ["and observes if another tab took the session meanwhile", true],
] as const) {
  test(`a page in the back/forward cache releases its session, ${what}`, async ({ site }) => {
    const browser = await ChromiumBrowser.launch();
    try {
      const page = await browser.open(site.origin);
      await startDownload(page, "before", "/files/3MB.bin?throttle=1MB");
      expect(await roleOf(page)).toBe("owner");
      const realm = await page.evaluate(() => app.realm);
      await page.goto(`${site.origin}/idb.js`);
      const other = isTaken ? await browser.open(site.origin) : undefined;
      if (other !== undefined)
        expect(await other.evaluate(async () => (await app.open()).role)).toBe("owner");
      // The driver's own `goBack` waits for a page load, which never comes.
      await page.evaluate(() => history.back());
      await expect.poll(() => page.evaluate(() => globalThis.app?.realm).catch(() => undefined)).toBe(realm);
      await expect.poll(() => roleOf(page)).toBe(isTaken ? "observer" : "owner");
      const owner = other ?? page;
      await expectFile(owner, "before", await site.sha256("/files/3MB.bin"));
      expect((await endOf(owner, "before"))[0]?.realm).toBe(await owner.evaluate(() => app.realm));
      // The page that came back gets events again.
      await startDownload(page, "after", "/files/1MB.bin");
      await expectFile(owner, "after", await site.sha256("/files/1MB.bin"));
      await expect
        .poll(() => page.evaluate(() => app.BackgroundSession.current("test")?.tasks().length))
        .toBe(0);
    } finally {
      await browser.close();
    }
  });
}
