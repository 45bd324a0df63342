import { expect } from "./fixtures.ts";
import type { TestBrowser, TestPage } from "./test-browser.ts";

/** Opens the app of a framework, and shows one of its views. */
export async function openBindings(
  browser: TestBrowser,
  origin: string,
  framework: string,
  view = "list",
): Promise<TestPage> {
  const page = await browser.newPage();
  await page.goto(`${origin}/bindings/${framework}/`);
  await page.waitForFunction(() => "bindings" in globalThis);
  await page.evaluate((view) => bindings.show(view), view);
  return page;
}

/** The text of an element without surplus white space; undefined if there is no such element. */
export function textOf(page: TestPage, selector: string): Promise<string | undefined> {
  return page.evaluate(
    (selector) => document.querySelector(selector)?.textContent?.replace(/\s+/g, " ").trim(),
    selector,
  );
}

export async function expectText(page: TestPage, selector: string, text: string | RegExp | undefined) {
  const expected = expect.poll(() => textOf(page, selector));
  await (text instanceof RegExp ? expected.toMatch(text) : expected.toBe(text));
}

/** Starts a download in the session that the app of a framework has open. */
export async function download(page: TestPage, session: string, id: string, url: string): Promise<void> {
  await page.waitForFunction((name) => bindings.BackgroundSession.current(name) !== undefined, session);
  await page.evaluate(
    async ({ session, id, url }) => {
      const options = { id, description: `The ${id}`, group: "album" };
      await bindings.BackgroundSession.current(session)?.downloadTask(url, options).resume();
    },
    { session, id, url },
  );
}

export function click(page: TestPage, selector: string): Promise<void> {
  return page.evaluate((selector) => document.querySelector<HTMLElement>(selector)?.click(), selector);
}

/** How far the bar of the first row is. */
export function barOf(page: TestPage): Promise<number> {
  return page.evaluate(() => document.querySelector("progress")?.value ?? 0);
}
