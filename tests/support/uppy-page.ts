import { expect } from "./fixtures.ts";
import type { TestBrowser, TestPage } from "./test-browser.ts";
import type { UppyApp } from "./uppy/main.ts";

/** Opens the app of Uppy. */
export async function openUppy(
  browser: TestBrowser,
  origin: string,
  uploader: Parameters<UppyApp["show"]>[0] = {},
  options: Parameters<UppyApp["show"]>[1] = {},
): Promise<TestPage> {
  const page = await browser.newPage();
  await page.goto(`${origin}/uppy/`);
  await showUppy(page, uploader, options);
  return page;
}

/** Shows an Uppy in a page that was just loaded. */
export async function showUppy(
  page: TestPage,
  uploader: Parameters<UppyApp["show"]>[0] = {},
  options: Parameters<UppyApp["show"]>[1] = {},
): Promise<void> {
  await page.waitForFunction(() => "uppyApp" in globalThis);
  await page.evaluate(([uploader, options]) => uppyApp.show(uploader, options), [uploader, options] as const);
}

/** What Uppy has emitted so far. */
export function eventsOf(page: TestPage): Promise<string[]> {
  return page.evaluate(() => uppyApp.events);
}

/** What Dashboard shows of each file: its name, and what its button does. */
export function rowsOf(page: TestPage): Promise<string[]> {
  return page.evaluate(() =>
    Array.from(document.querySelectorAll(".uppy-Dashboard-Item"), (row) => {
      const name = row.querySelector(".uppy-Dashboard-Item-name")?.getAttribute("title");
      const button = row.querySelector(".uppy-Dashboard-Item-progressIndicator")?.getAttribute("aria-label");
      return `${name}: ${button ?? (row.classList.contains("is-complete") ? "complete" : "no button")}`;
    }),
  );
}

/** Presses a button of Dashboard: by a class of the status bar, or the one of a file. */
export async function press(page: TestPage, selector: string): Promise<void> {
  await page.waitForFunction((selector) => document.querySelector(selector) !== null, selector);
  await page.evaluate((selector) => document.querySelector<HTMLElement>(selector)?.click(), selector);
}

/** The percentage that Dashboard shows of everything. */
export async function percentageOf(page: TestPage): Promise<number> {
  const width = await page.evaluate(
    () => document.querySelector(".uppy-StatusBar-progress")?.getAttribute("aria-valuenow") ?? "",
  );
  return Number(width);
}

export async function expectNoFaults(page: TestPage): Promise<void> {
  expect(await page.evaluate(() => uppyApp.faults)).toEqual([]);
}
