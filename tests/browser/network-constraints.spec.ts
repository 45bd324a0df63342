import { needs } from "../support/absences.ts";
import type { ChromiumBrowser } from "../support/chromium.ts";
import { expect, test } from "../support/fixtures.ts";
import { checkpoint } from "../support/rows-on-disk.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

const PATH = "/files/20MB.bin";

/** Switches the browser's data saver in the worker. It tells the worker, but not by an event: this one is dispatched. */
async function saveData(browser: ChromiumBrowser, origin: string, isOn: boolean): Promise<void> {
  const worker = browser.context.serviceWorkers().find((it) => it.url().startsWith(origin));
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
      await session.downloadTask(`${path}?throttle=2MB`, { id: "careful" }).resume();
      const options = { id: "urgent", allowsConstrainedNetworkAccess: true };
      await session.downloadTask(`${path}?throttle=4MB`, options).resume();
    }, PATH);
    await checkpoint(page, "careful");
    await checkpoint(page, "urgent");
    await saveData(chromium, site.origin, true);
    await expect.poll(() => activityOf(page, "careful")).toBe("waiting-for-allowed-network");
    await expectFile(page, "urgent", await site.sha256(PATH));
    expect(await activityOf(page, "careful")).toBe("waiting-for-allowed-network");
    await saveData(chromium, site.origin, false);
    await expectFile(page, "careful", await site.sha256(PATH), { timeoutMs: 60_000 });
    const ranges = site.requests(`${PATH}?throttle=2MB`).map(({ headers }) => headers.range);
    expect(ranges).toHaveLength(2);
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
  },
);
