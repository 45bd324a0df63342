import { needs } from "../support/absences.ts";
import { download, expect, openPanel, test } from "../support/panel-page.ts";
import { reopen } from "../support/panel-scenes.ts";

test("what is cleared or removed is forgotten by the session, and is not counted any more", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  await reopen(page, { keepsHistory: true });
  const kept = () =>
    page.evaluate(async () => {
      const { finished } = panelSession.getSnapshot();
      const history = await panelSession.history();
      return [finished.map(({ description }) => description), history.map(({ description }) => description)];
    });
  await download(page, "/files/100KB.bin", "One.mp3");
  await expect(page.getByText("1 finished", { exact: true })).toBeVisible();
  await download(page, "/status/404", "Two.mp3");
  await download(page, "/files/100KB.bin?key=3", "Three.mp3");
  await expect(page.getByText("2 finished · 1 failed")).toBeVisible();
  await page.getByRole("button", { name: "Remove from list Two.mp3" }).click();
  await expect(page.getByRole("listitem")).toHaveCount(2);
  await expect(page.getByText("2 finished", { exact: true })).toBeVisible();
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
});

test("tasks that replace each other within a moment have a row each", async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  await page.evaluate(async () => {
    const saves = ["One", "Two", "Three"].map((description) => {
      const task = panelSession.dataTask(
        { url: "/echo", method: "PUT", body: description },
        { id: "draft", onDuplicate: "replace", description },
      );
      return task.resume();
    });
    await Promise.all(saves);
  });
  await expect(page.getByText("1 finished · 2 cancelled", { exact: true })).toBeVisible();
  await expect(page.getByRole("listitem")).toHaveCount(3);
  const uids = await page.evaluate(() => panelSession.getSnapshot().finished.map(({ uid }) => uid));
  expect(new Set(uids).size).toBe(3);
});

test(
  "the second click of a double one does nothing, whatever has moved under the pointer",
  needs("double-clicks"),
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
    await expect(page.getByText(/^1\spaused/)).toBeVisible();
  },
);

test("a failed task that is retried is forgotten, and the new one has its place", async ({
  browserApp,
  site,
}) => {
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
});

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

test("all failed tasks are retried by one button, and the cancelled one is left", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  for (const name of ["One.mp3", "Two.mp3"])
    await download(page, `/files/100KB.bin?status=404&times=1&key=${name}`, name);
  await page.evaluate(() =>
    panelSession.downloadTask("/files/1MB.bin", { description: "Three.mp3" }).cancel(),
  );
  await expect(page.getByText("2 failed · 1 cancelled")).toBeVisible();
  await page.getByRole("button", { name: "Retry failed" }).click();
  for (const [name, end] of [
    ["One.mp3", "Downloaded"],
    ["Two.mp3", "Downloaded"],
    ["Three.mp3", "Cancelled"],
  ] as const)
    await expect(page.getByRole("listitem").filter({ hasText: name })).toContainText(end);
  await expect(page.getByRole("listitem")).toHaveCount(3);
  await expect(page.getByRole("button", { name: "Retry failed" })).toBeHidden();
  await expect(page.getByText("2 finished · 1 cancelled", { exact: true })).toBeVisible();
});

test("a row whose task cannot be retried comes back", async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  await download(page, "/status/404", "Lost.mp3");
  const row = page.getByRole("listitem").filter({ hasText: "Lost.mp3" });
  await expect(row).toContainText("The server answered 404");
  await page.evaluate(async () => {
    panelSession.downloadTask("/files/1MB.bin", { description: "Paused.mp3" });
    // It makes no more tasks, and waits for the paused one.
    void panelSession.finishTasksAndInvalidate();
    const refused = new Promise((resolve) =>
      addEventListener("error", (event) => resolve(event.preventDefault())),
    );
    const root = document.querySelector("background-transfers")?.shadowRoot;
    root?.querySelector<HTMLButtonElement>("[data-action=retry]")?.click();
    await refused;
  });
  await expect(page.getByRole("listitem")).toHaveCount(2);
  await expect(row).toContainText("The server answered 404");
});

test("what was cancelled is counted, listed and told apart from what failed", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  const summary = page.locator("background-transfers .summary");
  await download(page, "/status/404", "Lost.mp3");
  await expect(summary).toHaveText("1 failed");
  await page.evaluate(() => {
    // More than a snapshot remembers.
    for (let index = 1; index <= 150; index += 1)
      panelSession.downloadTask(`/files/1MB.bin?key=${index}`, { description: `File ${index}` });
  });
  await page.getByRole("button", { name: "Cancel all" }).click();
  await expect(summary).toHaveText("1 failed · 150 cancelled · last 100 listed");
  await expect(page.getByRole("status")).toHaveText(/\d\scancelled$/);
  const names = page.locator("background-transfers .row .name");
  const show = page.getByRole("combobox", { name: "Show" });
  await show.selectOption("Failed");
  await expect(page.getByText("No transfer matches.")).toBeVisible();
  await show.selectOption("Cancelled");
  await expect(names.first()).toHaveText(/^File \d+$/);
  await page.getByRole("button", { name: "Clear finished" }).click();
  await expect(summary).toBeEmpty();
  await download(page, "/status/404", "Gone.mp3");
  await expect(summary).toHaveText("1 failed");
});

test("the head of a group counts all its tasks, also those that are filtered out or no longer listed", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  await page.evaluate(async () => {
    const make = (index: number) =>
      panelSession.downloadTask("/files/1KB.bin", {
        id: `file-${index}`,
        description: `File ${index}`,
        group: "Album",
      });
    const [first, ...others] = Array.from({ length: 130 }, (_, index) => make(index));
    await first?.resume();
    await first?.completed;
    // More than a snapshot remembers.
    await Promise.all(others.slice(20).map((task) => task.cancel()));
  });
  const head = page.getByRole("button", { name: /^Album/ });
  await expect(head).toHaveText(/Album\s*1 of 130/);
  const show = page.getByRole("combobox", { name: "Show" });
  await show.selectOption("Unfinished");
  await expect(page.getByRole("button", { name: "Remove from list" })).toHaveCount(0);
  await expect(head).toHaveText(/Album\s*1 of 130/);
  await page.getByRole("searchbox").fill("File 7");
  await expect(page.locator("background-transfers .row")).toHaveCount(1);
  await expect(head).toHaveText(/Album\s*1 of 130/);
  await page.getByRole("searchbox").fill("");
  await page.getByRole("button", { name: "Clear finished" }).click();
  await expect(head).toHaveText(/Album\s*0 of 20/);
});
