import type { BrowserContext } from "@playwright/test";
import type { Lack } from "./test-browser.ts";

/** For engines without a switch for it: pages do not see what the browser must lack. */
export async function hideFromPages(context: BrowserContext, lacks: readonly Lack[]): Promise<void> {
  if (lacks.length === 0) return;
  await context.addInitScript((names) => {
    if (names.includes("service workers")) Reflect.deleteProperty(Navigator.prototype, "serviceWorker");
    if (names.includes("shared workers")) Reflect.deleteProperty(globalThis, "SharedWorker");
  }, lacks);
}
