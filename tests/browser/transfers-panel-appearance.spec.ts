import type { Locator, Page } from "@playwright/test";
import { needs } from "../support/absences.ts";
import { download, expect, openPanel, test } from "../support/panel-page.ts";

const withPlaywright = needs("playwright-page");
const withMedia = needs("emulated-media");

/** The colours along the middle of an element, from left to right, as they are on the screen. */
async function coloursAcross(page: Page, element: Locator): Promise<string[]> {
  const picture = (await element.screenshot()).toString("base64");
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas?.drawImage(image, 0, 0);
    const { data = [] } = canvas?.getImageData(0, image.height >> 1, image.width, 1) ?? {};
    return Array.from({ length: image.width }, (_, x) => [...data.slice(x * 4, x * 4 + 3)].join());
  }, picture);
}

/** How much two colours differ, in the component that differs most. */
function difference(one: string, other: string): number {
  const others = other.split(",");
  return Math.max(...one.split(",").map((value, index) => Math.abs(Number(value) - Number(others[index]))));
}

/**
 * The share of the pixels that look like the first one, and not like the last one. Chromium paints a colour with opacity
 * in tiles, in some of which it rounds it up, in others down.
 */
function shareOfFirst(colours: readonly string[]): number {
  const [first = "", last = ""] = [colours[0], colours.at(-1)];
  expect(difference(first, last)).toBeGreaterThan(32);
  const alike = colours.filter((colour) => difference(colour, first) < difference(colour, last));
  return alike.length / colours.length;
}

for (const forcedColors of ["none", "active"] as const) {
  test(
    `a bar shows how far its task is, with forced colors ${forcedColors}`,
    forcedColors === "none" ? withPlaywright : withMedia,
    async ({ browserApp, site }) => {
      const page = await openPanel(browserApp, site);
      await download(page, "/files/4MB.bin?throttle=1MB", "Half.mp3");
      const bar = page.getByRole("progressbar", { name: "Half.mp3" });
      await expect.poll(() => bar.evaluate((one: HTMLProgressElement) => one.value)).toBeGreaterThan(0.2);
      await page.getByRole("button", { name: "Pause Half.mp3" }).click();
      await expect(page.getByRole("button", { name: "Resume Half.mp3" })).toBeVisible();
      await page.emulateMedia({ forcedColors });
      // The last progress may still be on its way to the page.
      for (const shown of [bar, page.getByRole("progressbar", { name: "Transfers" })])
        await expect(async () => {
          const value = await shown.evaluate((one: HTMLProgressElement) => one.value);
          // The corners are round, and have a border.
          const share = shareOfFirst((await coloursAcross(page, shown)).slice(4, -4));
          expect(Math.abs(share - value)).toBeLessThan(0.03);
        }).toPass({ timeout: 15_000 });
    },
  );
}

/** Starts an upload that shows nothing of its progress, and returns its bar. */
async function startWithoutFigure(page: Page): Promise<Locator> {
  await page.evaluate(() =>
    panelSession
      .uploadTask("/echo?latency=60000", new File(["a"], "a.txt"), { description: "Slow.txt" })
      .resume(),
  );
  const bar = page.getByRole("progressbar", { name: "Slow.txt" });
  await expect(bar).not.toHaveAttribute("value");
  return bar;
}

test("a bar without a figure moves", withPlaywright, async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  const bar = await startWithoutFigure(page);
  await expect.poll(() => bar.evaluate((one) => one.getAnimations().length)).toBe(1);
  expect(new Set(await coloursAcross(page, bar)).size).toBeGreaterThan(4);
});

test(
  "a bar without a figure stands still if the user wants less motion",
  withMedia,
  async ({ browserApp, site }) => {
    const page = await openPanel(browserApp, site);
    await page.emulateMedia({ reducedMotion: "reduce" });
    const bar = await startWithoutFigure(page);
    expect(await bar.evaluate((one) => one.getAnimations().length)).toBe(0);
    expect(new Set(await coloursAcross(page, bar)).size).toBeGreaterThan(4);
  },
);

test("what an app puts into the slots stands for what the panel says there", async ({ browserApp, site }) => {
  const page = await openPanel(
    browserApp,
    site,
    `<background-transfers session="panel" endpoint="/echo"><b slot="title">My files</b><p slot="empty">All quiet.</p>
        <i slot="drop">Bring them here</i><a slot="footer" href="/help">Help</a></background-transfers>`,
  );
  for (const text of ["My files", "All quiet.", "Bring them here", "Help"])
    await expect(page.getByText(text, { exact: true })).toBeVisible();
  for (const text of ["Transfers", "Nothing is being transferred.", "Drop files here, or paste them"])
    await expect(page.getByText(text, { exact: true })).toBeHidden();
  await expect(page.getByRole("heading", { name: "My files" })).toBeVisible();
  await page.evaluate(() => void panelSession.downloadTask("/files/1MB.bin", { description: "Paused.mp3" }));
  await expect(page.getByRole("listitem")).toBeVisible();
  await expect(page.getByText("All quiet.")).toBeHidden();
});

test("a style of the page sets a custom property of the panel, and styles a part of it", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  await page.evaluate(() => void panelSession.downloadTask("/files/1MB.bin", { description: "Paused.mp3" }));
  const row = page.getByRole("listitem");
  await expect(row).toBeVisible();
  const surfaceOf = () =>
    page.evaluate(() => {
      const panel = document.querySelector("background-transfers")?.shadowRoot?.querySelector(".panel");
      return panel && getComputedStyle(panel).backgroundColor;
    });
  expect(await surfaceOf()).not.toBe("rgb(1, 2, 3)");
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`background-transfers { --transfers-surface: rgb(1 2 3) }
        background-transfers::part(row) { background-color: rgb(4 5 6) }`);
    document.adoptedStyleSheets.push(sheet);
  });
  expect(await surfaceOf()).toBe("rgb(1, 2, 3)");
  await expect(row).toHaveCSS("background-color", "rgb(4, 5, 6)");
});
