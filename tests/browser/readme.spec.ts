import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";

/** As the page has it. */
declare const BackgroundSession: typeof import("background-session").BackgroundSession;

const SIZE_BYTES = 10_000_000;

test("the lines of the README download a file that survives a reload and is then in the cache", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  site.route("/episode.mp3", (_, response) => {
    response.writeHead(307, { location: `/files/10MB.bin?throttle=1MB` }).end();
  });
  const page = await browserApp.newPage();
  await page.goto(`${site.origin}/readme-app/`);
  await page.waitForFunction(() => document.querySelector("button")?.onclick instanceof Function);
  await page.evaluate(() => document.querySelector("button")?.click());
  await expect.poll(() => sentence(page)).toBe("Downloading");
  await page.reload();
  await expect.poll(() => sentence(page)).toBe("Downloading");
  await expect
    .poll(() => page.evaluate(async () => (await (await caches.match("/episode.mp3"))?.blob())?.size))
    .toBe(SIZE_BYTES);
});

test("the README's list in React shows progress and pauses, and its inspector says why a task waits", async ({
  browserApp,
  site,
}) => {
  const page = await browserApp.newPage();
  await page.goto(`${site.origin}/readme-react/`);
  await page.waitForFunction(() => BackgroundSession.current("podcasts") !== undefined);
  await page.evaluate(() =>
    BackgroundSession.current("podcasts")
      ?.downloadTask("/files/10MB.bin?throttle=1MB", { description: "Episode 42" })
      .resume(),
  );
  await expect.poll(() => row(page)).toMatch(/^Episode 42\s+Pause$/);
  await expect
    .poll(() => page.evaluate(() => document.querySelector("progress")?.value ?? 0))
    .toBeGreaterThan(0);
  await page.evaluate(() => document.querySelector<HTMLElement>("li button")?.click());
  await expect.poll(() => row(page)).toMatch(/Resume$/);
  await expect
    .poll(() =>
      page.evaluate(() => document.querySelector("background-inspector")?.shadowRoot?.textContent ?? ""),
    )
    .toContain("It is suspended: it begins, or goes on, when the app calls resume().");
  await page.evaluate(() => document.querySelector<HTMLElement>("li button")?.click());
  await expect.poll(() => row(page)).toBeUndefined();
});

/** The list's only row. */
function row(page: TestPage): Promise<string | undefined> {
  return page.evaluate(() => document.querySelector("li")?.textContent?.trim());
}

/** What the panel says of the download. */
function sentence(page: TestPage): Promise<string | null | undefined> {
  return page.evaluate(
    () => document.querySelector("background-transfers")?.shadowRoot?.querySelector(".sentence")?.textContent,
  );
}
