import { setTimeout as pause } from "node:timers/promises";
import type { TestServer } from "../../server/server.ts";
import type { TestPage } from "./test-browser.ts";

/** A page on another host, to which a user may go from the app. */
export function otherSite({ origin }: TestServer): string {
  return `${origin.replace("localhost", "127.0.0.1")}/text?body=elsewhere`;
}

/**
 * Goes to another site by its URL. The page enters the back/forward cache, if the browser has one. If a tab is closed
 * on a busy machine, its page does not always hear of it.
 */
export async function leaveForAnotherSite(page: TestPage, site: TestServer): Promise<void> {
  await page.goto(otherSite(site));
}

/** The same by a link. */
export async function followLinkToAnotherSite(page: TestPage, site: TestServer): Promise<void> {
  const url = otherSite(site);
  await page.evaluate((href) => {
    location.href = href;
  }, url);
  while (page.url() !== url) await pause(20);
}

/**
 * Goes back with the back button. A page that is restored from the cache gives the driver no event to wait for.
 * @param mark a global of the page
 */
export async function comeBack(page: TestPage, mark = "app"): Promise<void> {
  await page.evaluate(() => history.back()).catch(() => {});
  await page.waitForFunction((mark) => mark in globalThis, mark, { timeout: 20_000 });
}

/** Closes a page as a user closes a tab: the page hears of it. */
export async function leave(page: TestPage): Promise<void> {
  await page.close({ runBeforeUnload: true });
  while (!page.isClosed()) await pause(20);
}
