import { expect, test } from "../support/fixtures.ts";
import { openRawApp } from "../support/raw-app.ts";
import { RawChromium } from "../support/raw-chromium.ts";

const FILES = 20;

// The driver of the other tests shows every page as visible, and lets its timers run.
test("an owner behind another tab, whose timers fire once a second, stays the owner and gets its events", async ({
  site,
}) => {
  const browser = await RawChromium.launch();
  try {
    const owner = await openRawApp(browser, site.origin);
    const observer = await openRawApp(browser, site.origin);
    const roleOf = (page: string) => browser.evaluate(page, `app.BackgroundSession.current("test").role`);
    expect([await roleOf(owner), await roleOf(observer)]).toEqual(["owner", "observer"]);
    await expect.poll(() => browser.evaluate(owner, "document.visibilityState")).toBe("hidden");
    const twoTimersMs = await browser.evaluate<number>(
      owner,
      `new Promise((resolve) => {
        const start = performance.now();
        setTimeout(() => setTimeout(() => resolve(performance.now() - start), 10), 10);
      })`,
    );
    expect(twoTimersMs).toBeGreaterThan(500);

    await browser.evaluate(
      observer,
      `for (let n = 1; n <= ${FILES}; n += 1)
        void app.BackgroundSession.current("test").downloadTask("/files/" + n + "KB.bin", { id: "file " + n }).resume();`,
    );
    const realms = () =>
      browser.evaluate<string[]>(owner, "app.entries().then((all) => all.map(({ realm }) => realm))");
    await expect.poll(async () => (await realms()).length).toBe(2 * FILES);
    const own = await browser.evaluate<string>(owner, "app.realm");
    expect(new Set(await realms())).toEqual(new Set([own]));
    expect([await roleOf(owner), await roleOf(observer)]).toEqual(["owner", "observer"]);
  } finally {
    await browser.close();
  }
});
