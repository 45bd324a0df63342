import { needs } from "../support/absences.ts";
import { download, expect, openPanel, test } from "../support/panel-page.ts";

const withLocators = needs("playwright-page");

test(
  "what is cleared or removed is forgotten by the session, and is not counted any more",
  withLocators,
  async ({ browserApp, site }) => {
    const page = await openPanel(browserApp, site);
    await page.evaluate(async () => {
      await panelSession.close();
      const { BackgroundSession } = await import("background-session");
      globalThis.panelSession = await BackgroundSession.open("panel", {
        serviceWorker: "/sw.js",
        configuration: { keepsHistory: true },
      });
    });
    const kept = () =>
      page.evaluate(async () => {
        const { finished } = panelSession.getSnapshot();
        const history = await panelSession.history();
        return [
          finished.map(({ description }) => description),
          history.map(({ description }) => description),
        ];
      });
    await download(page, "/files/100KB.bin", "One.mp3");
    await expect(page.getByText("1 finished", { exact: true })).toBeVisible();
    await download(page, "/status/404", "Two.mp3");
    await download(page, "/files/100KB.bin?key=3", "Three.mp3");
    await expect(page.getByText("2 finished · 1 failed")).toBeVisible();
    await page.getByRole("button", { name: "Remove from list Two.mp3" }).click();
    await expect(page.getByRole("listitem")).toHaveCount(2);
    await expect.poll(kept).toEqual([
      ["One.mp3", "Three.mp3"],
      ["Three.mp3", "One.mp3"],
    ]);
    await page.getByRole("button", { name: "Clear finished" }).click();
    await expect(page.getByText("Nothing is being transferred.")).toBeVisible();
    await expect.poll(kept).toEqual([[], []]);
    await expect(page.locator("background-transfers .summary")).toBeEmpty();
    await page.evaluate(() => void panelSession.downloadTask("/files/1MB.bin", { description: "Four.mp3" }));
    await expect(page.getByText("1 paused · 0%")).toBeVisible();
  },
);

test(
  "the second click of a double one does nothing, whatever has moved under the pointer",
  withLocators,
  async ({ browserApp, site }) => {
    const page = await openPanel(browserApp, site);
    await download(page, "/files/100KB.bin", "One.mp3");
    await expect(page.getByText("1 finished", { exact: true })).toBeVisible();
    await download(page, "/files/10MB.bin?throttle=100KB", "Two.mp3");
    const clear = page.getByRole("button", { name: "Clear finished" });
    const { x = 0, y = 0, width = 0, height = 0 } = (await clear.boundingBox()) ?? {};
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.up();
    await expect(clear).toBeHidden();
    await page.mouse.down({ clickCount: 2 });
    await page.mouse.up({ clickCount: 2 });
    await page.getByRole("button", { name: "Pause Two.mp3" }).click();
    await expect(page.getByText(/^1 paused/)).toBeVisible();
  },
);

test(
  "a failed task that is retried is forgotten, and the new one has its place",
  withLocators,
  async ({ browserApp, site }) => {
    const page = await openPanel(browserApp, site);
    await page.evaluate(() => {
      const photo = new File(["photo"], "photo.jpg");
      return panelSession
        .uploadTask("/echo?status=500&times=1", photo, { description: "photo.jpg", retry: { limit: 0 } })
        .resume();
    });
    const row = page.getByRole("listitem");
    await expect(row).toContainText("The server answered 500");
    await page.getByRole("button", { name: "Retry photo.jpg" }).click();
    await expect(row).toContainText("Uploaded");
    await expect(row).toHaveCount(1);
    await expect.poll(() => page.evaluate(() => panelSession.getSnapshot().finished.length)).toBe(1);
  },
);

test(
  "tasks that have the same id one after the other are told apart",
  needs("download-events"),
  async ({ browserApp, site }) => {
    const page = await openPanel(browserApp, site);
    const start = (url: string, description: string) =>
      page.evaluate(
        ([address, text]) =>
          panelSession
            .downloadTask(address, { id: "same", description: text, onDuplicate: "replace" })
            .resume(),
        [url, description] as const,
      );
    const row = (name: string) => page.getByRole("listitem").filter({ hasText: name });
    await start("/files/4MB.bin?throttle=100KB", "First.mp3");
    await expect(row("First.mp3")).toContainText("Downloading");
    await start("/files/100KB.bin", "Second.mp3");
    await expect(row("Second.mp3")).toContainText("Downloaded");
    await expect(row("First.mp3")).toContainText("Cancelled");
    await page.getByRole("button", { name: "Remove from list Second.mp3" }).click();
    await expect(row("Second.mp3")).toHaveCount(0);
    await start("/files/200KB.bin", "Third.mp3");
    await expect(row("Third.mp3")).toContainText("Downloaded");
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save Third.mp3" }).click();
    expect((await saved).suggestedFilename()).toBe("200KB.bin");
    await expect(page.getByRole("listitem")).toHaveCount(2);
  },
);
