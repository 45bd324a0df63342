import { expect, test } from "../support/fixtures.ts";
import { activityOf } from "../support/live-task.ts";
import { expectFile } from "../support/task-end.ts";

const PATH = "/files/2MB.bin";

test("a discretionary task waits for the end of others", { tag: "@core" }, async ({ page, site }) => {
  await page.evaluate(async (path) => {
    const session = await app.open();
    await session.downloadTask(`${path}?throttle=1MB`, { id: "now" }).resume();
    await session.downloadTask(path, { id: "later", isDiscretionary: true, priority: 1 }).resume();
  }, PATH);
  await activityOf(page, "later", "waiting-for-idle");
  await expectFile(page, "now", await site.sha256(PATH));
  await expectFile(page, "later", await site.sha256(PATH));
  expect(site.requests(PATH).map(({ url }) => url)).toEqual([`${PATH}?throttle=1MB`, PATH]);
});

test("a discretionary task waits while a page says that the device runs on its battery", async ({
  page,
  site,
}) => {
  // The browser of a test has mains power.
  await page.evaluate(() => {
    const battery = Object.assign(new EventTarget(), { charging: false });
    Object.assign(navigator, { getBattery: async () => battery });
    Object.assign(globalThis, { battery });
  });
  await page.evaluate(async (path) => {
    const session = await app.open("test", { configuration: { isDiscretionary: true } });
    await session.downloadTask(path, { id: "later" }).resume();
  }, PATH);
  await activityOf(page, "later", "waiting-for-idle");
  expect(site.requests(PATH)).toEqual([]);
  await page.evaluate(() => {
    const { battery } = globalThis as unknown as { battery: EventTarget & { charging: boolean } };
    battery.charging = true;
    battery.dispatchEvent(new Event("chargingchange"));
  });
  await expectFile(page, "later", await site.sha256(PATH));
});
