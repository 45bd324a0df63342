import type { BrowserContext } from "@playwright/test";
import type { Lack } from "./test-browser.ts";

/** Where an engine has no switch for it: its pages do not see what the browser is to lack. */
export async function hideFromPages(context: BrowserContext, lacks: readonly Lack[]): Promise<void> {
  if (lacks.length === 0) return;
  await context.addInitScript((names) => {
    if (names.includes("service workers")) Reflect.deleteProperty(Navigator.prototype, "serviceWorker");
    if (names.includes("shared workers")) Reflect.deleteProperty(globalThis, "SharedWorker");
  }, lacks);
}
