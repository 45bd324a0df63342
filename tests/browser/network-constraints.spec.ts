import { needs } from "../support/absences.ts";
import type { ChromiumBrowser } from "../support/chromium.ts";
import { expect, test } from "../support/fixtures.ts";
import { checkpoint } from "../support/rows-on-disk.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

const PATH = "/files/20MB.bin";

/** Switches the browser's data saver in the worker. It tells the worker, but not by an event: this one is dispatched. */
async function saveData(browser: ChromiumBrowser, isOn: boolean): Promise<void> {
  const worker = browser.context.serviceWorkers()[0];
  const debug = await browser.context.browser()?.newBrowserCDPSession();
  const targets = await debug?.send("Target.getTargets");
  const target = targets?.targetInfos.find(
    ({ type, url }) => type === "service_worker" && url === worker?.url(),
  );
  const attached = await debug?.send("Target.attachToTarget", {
    targetId: target?.targetId ?? "",
    flatten: false,
  });
  const message = { id: 1, method: "Emulation.setDataSaverOverride", params: { dataSaverEnabled: isOn } };
  await debug?.send("Target.sendMessageToTarget", {
    sessionId: attached?.sessionId ?? "",
    message: JSON.stringify(message),
  });
  await expect
    .poll(() =>
      worker?.evaluate(() => (navigator as { connection?: { saveData?: boolean } }).connection?.saveData),
    )
    .toBe(isOn);
  await worker?.evaluate(() =>
    (navigator as { connection?: EventTarget }).connection?.dispatchEvent(new Event("change")),
  );
}

function activityOf(page: TestPage, id: string): Promise<string | undefined> {
  return page.evaluate((name) => app.BackgroundSession.current("test")?.task(name)?.activity, id);
}

test(
  "a download stops at a checkpoint while the user saves data, and goes on right after",
  needs("network-information"),
  async ({ chromium, page, site }) => {
    await page.evaluate(async (path) => {
      const session = await app.open("test", { configuration: { allowsConstrainedNetworkAccess: false } });
      const url = `${path}?throttle=4MB`;
      await session.downloadTask(url, { id: "careful" }).resume();
      await session
        .downloadTask(`${url}&key=2`, { id: "urgent", allowsConstrainedNetworkAccess: true })
        .resume();
    }, PATH);
    await checkpoint(page, "careful");
    await checkpoint(page, "urgent");
    await saveData(chromium, true);
    await expect.poll(() => activityOf(page, "careful")).toBe("waiting-for-allowed-network");
    await expectFile(page, "urgent", await site.sha256(PATH));
    expect(await activityOf(page, "careful")).toBe("waiting-for-allowed-network");
    await saveData(chromium, false);
    await expectFile(page, "careful", await site.sha256(PATH));
    const ranges = site.requests(`${PATH}?throttle=4MB`).map(({ headers }) => headers.range);
    expect(ranges).toHaveLength(2);
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
  },
);
