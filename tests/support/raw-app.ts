import { expect } from "./fixtures.ts";
import type { RawChromium } from "./raw-chromium.ts";

/** Opens the test app and its session in a browser without a driver. @returns the page's id */
export async function openRawApp(browser: RawChromium, origin: string): Promise<string> {
  const page = await browser.open(origin);
  await expect.poll(() => browser.evaluate(page, `"app" in globalThis`)).toBe(true);
  await browser.evaluate(page, "app.open().then(() => {})");
  return page;
}
