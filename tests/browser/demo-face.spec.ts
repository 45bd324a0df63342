import type { Page } from "@playwright/test";
import { needs } from "../support/absences.ts";
import { type DemoApp, expect, kept, test } from "../support/demo-app.ts";
import { expectAccessible } from "../support/panel-page.ts";

test.use({ needed: ["playwright-page"] });

/** Something of everything: running, waiting, finished and failed. */
async function fill(demo: DemoApp, page: Page): Promise<void> {
  await page.getByRole("button", { name: "Run", exact: true }).click();
  for (const name of ["1 MB", "Not found", "Busy"]) {
    await page.getByRole("button", { name: `Download ${name}`, exact: true }).click();
  }
  await page.getByRole("button", { name: "Start three files" }).click();
  await page.getByLabel("Note", { exact: true }).fill("Milk");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Download the episode" }).click();
  await expect(page.getByText("The server answered 404", { exact: true })).toBeVisible();
  await expect(page.getByText(/Sent at/)).toBeVisible();
  await expect.poll(() => demo.server.bytesSent("/files/8MB.bin")).toBeGreaterThan(100_000);
}

/** What is wider than the screen, or too small for a finger. */
function faults(page: Page): Promise<unknown> {
  return page.evaluate(() => {
    const buttons = [...document.querySelectorAll<HTMLElement>("button, select, a.button, label:has(input)")];
    const small = buttons.filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 24);
    return {
      isTooWide: document.documentElement.scrollWidth > innerWidth,
      small: small.map(({ textContent }) => textContent.trim()),
    };
  });
}

test(
  "axe finds nothing, on a dark screen of 320 pixels and a light one of 1280: empty, full, in the drawer, and back",
  needs("emulated-media"),
  async ({ demo }) => {
    const page = await demo.open();
    await expect(page.getByRole("button", { name: "Download the episode" })).toBeEnabled();
    const look = async (): Promise<void> => {
      for (const [width, colorScheme] of [
        [320, "dark"],
        [1280, "light"],
      ] as const) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await expectAccessible(page);
      }
    };
    await look();
    await fill(demo, page);
    await look();
    await page.getByRole("button", { name: "Inspector", exact: true }).click();
    await expect(page.getByText("com.example.notes: ")).toBeVisible();
    await look();
    await page.reload();
    await expect(kept(page)).toBeVisible();
    await page.evaluate(() => {
      for (const id of ["banner", "welcome"]) (document.getElementById(id) as HTMLElement).hidden = false;
      (document.getElementById("welcome-title") as HTMLElement).textContent = "3 files finished";
    });
    await look();
  },
);

test("nothing is too wide or too small on screens of 320 to 1280 pixels", async ({ demo }) => {
  const page = await demo.open();
  const look = async (): Promise<void> => {
    for (const width of [320, 390, 768, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      expect([width, await faults(page)]).toEqual([width, { isTooWide: false, small: [] }]);
    }
  };
  await look();
  await fill(demo, page);
  await look();
  await page.reload();
  await expect(kept(page)).toBeVisible();
  await look();
});

test("the page keeps its own Content-Security-Policy, and reports no error", async ({ demo }) => {
  const page = await demo.open();
  const reports: string[] = [];
  page.on("pageerror", ({ message }) => reports.push(message));
  page.on("console", (message) => message.type() === "error" && reports.push(message.text()));
  await page.reload();
  await fill(demo, page);
  await page.getByRole("button", { name: "Inspector", exact: true }).click();
  await expect(page.getByText("com.example.downloads: ")).toBeVisible();
  await page.evaluate(() => {
    // To show that a violation would be reported.
    document.body.setAttribute("style", "color: red");
    document.body.insertAdjacentHTML("beforeend", '<i style="color: red"></i>');
  });
  await expect.poll(() => reports.length).toBeGreaterThan(0);
  for (const report of reports) expect(report).toContain("style-src");
});

test("what a tap starts is in view", async ({ demo }) => {
  const page = await demo.open();
  // A phone on which the keyboard is open, or a small one.
  await page.setViewportSize({ width: 390, height: 560 });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("progressbar", { name: "4MB.bin" })).toBeInViewport();
  await page.getByRole("button", { name: "Start three files" }).click();
  await expect(page.getByText("3 are under way.")).toBeInViewport();
  for (const text of ["Milk", "Bread"]) {
    await page.getByLabel("Note", { exact: true }).fill(text);
    await page.getByRole("button", { name: "Add" }).click();
    await expect(page.getByText(text, { exact: true })).toBeInViewport({ ratio: 1 });
    await expect(page.getByRole("button", { name: "Add" })).toBeInViewport();
  }
  await page.getByRole("button", { name: "Download the episode" }).click();
  await expect(page.locator("#episode-news", { hasText: /^(Downloading|On this device)/ })).toBeInViewport();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("button", { name: "Download Compressed text" }).click();
  await expect(page.getByRole("progressbar", { name: "Compressed text" })).toBeInViewport();
  await page
    .getByLabel("Or the address of a file of yours")
    .fill(`${demo.server.origin}/files/3MB.bin?throttle=200KB`);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("progressbar", { name: "3MB.bin" })).toBeInViewport();
});

test("the inspector opens in a drawer, and gives the focus back", async ({ demo }) => {
  const page = await demo.open();
  const button = page.getByRole("button", { name: "Inspector", exact: true });
  await button.click();
  const drawer = page.getByRole("dialog", { name: "Inspector" });
  await expect(drawer.getByText("com.example.downloads: ")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await expect(button).toBeFocused();
  await expect(page.locator("background-inspector")).toHaveCount(0);
});

test("the app can be installed, and opens without its server", async ({ demo }) => {
  const page = await demo.open();
  const session = await page.context().newCDPSession(page);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  // A profile of a test is a private one for Chromium, at most.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito")).toEqual([]);
  await demo.server.goDown();
  await page.reload();
  await expect(page.getByRole("button", { name: "Start three files" })).toBeEnabled();
  await page.getByRole("button", { name: "Inspector", exact: true }).click();
  await expect(page.getByText("com.example.downloads: ")).toBeVisible();
  await page.getByRole("button", { name: "Close the inspector" }).click();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByText(/Waiting for the network|No answer/)).toBeVisible();
  await demo.server.comeBack();
});
