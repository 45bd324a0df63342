import { expect } from "./fixtures.ts";
import type { RawChromium } from "./raw-chromium.ts";

/** Opens the test app in a browser without a driver. @returns the page's id */
export async function openRawPage(browser: RawChromium, origin: string): Promise<string> {
  const page = await browser.open(origin);
  await expect.poll(() => browser.evaluate(page, `"app" in globalThis`)).toBe(true);
  return page;
}

/** The same, with its session. */
export async function openRawApp(browser: RawChromium, origin: string): Promise<string> {
  const page = await openRawPage(browser, origin);
  await browser.evaluate(page, "app.open().then(() => {})");
  return page;
}
