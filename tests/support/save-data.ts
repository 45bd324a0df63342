import { expect } from "@playwright/test";
import type { ChromiumBrowser } from "./chromium.ts";

/** Switches the browser's data saver in the worker. It tells the worker, but not by an event: this one is dispatched. */
export async function saveData(browser: ChromiumBrowser, origin: string, isOn: boolean): Promise<void> {
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
