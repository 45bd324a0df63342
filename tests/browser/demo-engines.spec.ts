import { startServer, type TestServer } from "../../server/server.ts";
import { DEMO_DIR } from "../support/build-site.ts";
import { test as base, expect } from "../support/fixtures.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

/** The demo without Playwright's locators, which not every engine's driver has. */
const test = base.extend<{ demoServer: TestServer }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures out of the pattern.
  demoServer: async ({}, use) => {
    const server = await startServer({ staticDirs: [DEMO_DIR], keepAlive: false });
    await use(server);
    await server.close();
  },
});

async function open(browser: TestBrowser, server: TestServer): Promise<TestPage> {
  const page = await browser.newPage();
  await page.goto(server.origin);
  await page.waitForFunction(
    () => document.querySelector<HTMLButtonElement>("#episode-download")?.disabled === false,
  );
  return page;
}

function press(page: TestPage, selector: string): Promise<void> {
  return page.evaluate((name) => document.querySelector<HTMLElement>(name)?.click(), selector);
}

/** What the rows of a panel say. */
function rowsOf(page: TestPage, panel: string): Promise<(string | null | undefined)[]> {
  return page.evaluate((name) => {
    const rows = document.querySelector(name)?.shadowRoot?.querySelectorAll(".row .sentence") ?? [];
    return [...rows].map(({ textContent }) => textContent);
  }, panel);
}

function textOf(page: TestPage, selector: string): Promise<string> {
  return page.evaluate((name) => document.querySelector<HTMLElement>(name)?.innerText.trim() ?? "", selector);
}

test("in every engine, the ten lines run, a note is sent, and the episode is placed", {
  tag: "@core",
}, async ({ browserApp, demoServer }) => {
  const page = await open(browserApp, demoServer);
  await press(page, "#run");
  await expect.poll(() => rowsOf(page, "#hello"), { timeout: 30_000 }).toEqual(["Downloaded"]);
  await expect.poll(() => textOf(page, "#run")).toBe("Run again");
  await page.evaluate(() => {
    (document.querySelector("#note") as HTMLInputElement).value = "Milk";
    (document.querySelector("#note-form") as HTMLFormElement).requestSubmit();
  });
  await expect.poll(() => textOf(page, "#notes")).toMatch(/^Milk\s+Sent at/);
  await press(page, "#episode-download");
  await expect.poll(() => textOf(page, "#episode-news"), { timeout: 30_000 }).toMatch(/^On this device/);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
});

test.describe("the worker goes on without a page", () => {
  // WebKit ends the workers of a host 10 s after its last page: another test's page counts.
  test.use({ ownBrowser: true });

  test("in every engine, the next page says what has ended while no page was open", { tag: "@core" }, async ({
    browserApp,
    demoServer,
  }) => {
    const page = await open(browserApp, demoServer);
    await press(page, '#samples [aria-label="Download 1 MB"]');
    await expect.poll(() => rowsOf(page, "#download-panel")).toEqual(["Downloaded"]);
    await page.evaluate((url) => {
      const input = document.querySelector("#url") as HTMLInputElement;
      input.value = url;
      input.form?.requestSubmit();
    }, `${demoServer.origin}/files/2MB.bin?throttle=700KB`);
    await expect.poll(() => demoServer.bytesSent("/files/2MB.bin")).toBeGreaterThan(500_000);
    await page.close();
    await expect
      .poll(() => demoServer.bytesSent("/files/2MB.bin"), { timeout: 60_000 })
      .toBeGreaterThanOrEqual(2_000_000);
    const next = await open(browserApp, demoServer);
    await expect
      .poll(() => textOf(next, "#welcome-title"), { timeout: 30_000 })
      .toMatch(/^2MB\.bin finished (at|between) .+, while no page was open\.$/);
    await expect.poll(() => textOf(next, "#downloads"), { timeout: 30_000 }).toMatch(/2MB\.bin[\s\S]*1 MB/);
  });
});
