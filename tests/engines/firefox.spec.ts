import { firefoxPath, withFirefox } from "../support/firefox.ts";
import { completion, expect, test } from "../support/fixtures.ts";

const path = firefoxPath() ?? "";

test.skip(path === "" && process.env.CI === undefined, "Firefox is not installed: set FIREFOX_PATH.");

test("in Firefox a download goes on over a reload and a cut, and ends byte for byte", async ({ site }) => {
  test.slow();
  const url = "/files/6MB.bin?throttle=2MB&cut=3MB&cutTimes=1";
  await withFirefox(path, async (context) => {
    const page = await context.newPage();
    await page.goto(site.origin);
    await page.evaluate(async (address) => {
      const session = await app.open();
      await session.downloadTask(address, { id: "six" }).resume();
    }, url);
    await expect.poll(() => site.bytesSent("/files/6MB.bin")).toBeGreaterThan(1_000_000);
    await page.reload();
    await page.waitForFunction(() => "app" in globalThis);
    const found = await page.evaluate(async () => (await app.open()).tasks().map(app.describe));
    expect(found).toMatchObject([{ id: "six", state: "running" }]);
    const noted = await completion(page, "six");
    expect(noted.map((entry) => entry.type)).toEqual(["didFinishDownloading", "didComplete"]);
    expect(noted[0]?.sha256).toBe(await site.sha256("/files/6MB.bin"));
    expect(site.requests("/files/6MB.bin").map((request) => request.headers.range)).toEqual([
      "bytes=0-",
      expect.stringMatching(/^bytes=[1-9]\d*-$/),
    ]);
  });
});
