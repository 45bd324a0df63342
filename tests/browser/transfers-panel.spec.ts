import { needs } from "../support/absences.ts";
import { download, expect, expectAccessible, openPanel, openPanelPage, test } from "../support/panel-page.ts";

test("the panel shows a download and lets go of it when it is removed", async ({ browserApp, site }) => {
  const page = await openPanelPage(browserApp, site);
  await download(page, "/files/100KB.bin", "Song.mp3");
  const text = (selector: string) =>
    page.evaluate(
      (wanted) =>
        document.querySelector("background-transfers")?.shadowRoot?.querySelector(wanted)?.textContent,
      selector,
    );
  await expect.poll(() => text(".sentence")).toBe("Downloaded");
  expect(await text(".name")).toBe("Song.mp3");
  await page.evaluate(() => {
    const root = document.querySelector("background-transfers")?.shadowRoot;
    root?.querySelector<HTMLButtonElement>("[data-action=remove]")?.click();
  });
  await expect.poll(() => text(".row")).toBeUndefined();
  expect(await page.evaluate(() => violations)).toEqual([]);
});

test("a download is paused, resumed and cancelled by its buttons", async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  await download(page, "/files/4MB.bin?throttle=200KB", "Long.mp3");
  const row = page.getByRole("listitem").filter({ hasText: "Long.mp3" });
  await expect(row).toContainText("Downloading");
  const bar = row.getByRole("progressbar", { name: "Long.mp3" });
  await expect.poll(() => bar.evaluate((one: HTMLProgressElement) => one.value)).toBeGreaterThan(0);
  await expect(row).toContainText(/\d\s(kB|MB)\/s · .* left.*localhost:\d+$/);
  await page.getByRole("button", { name: "Pause Long.mp3" }).click();
  await expect(row).toContainText("Paused");
  await page.getByRole("button", { name: "Resume Long.mp3" }).click();
  await expect(row).toContainText("Downloading");
  await page.getByRole("button", { name: "Cancel Long.mp3" }).click();
  await expect(row).toContainText("Cancelled");
  expect(await page.evaluate(() => panelSession.tasks().length)).toBe(0);
});

test(
  "a finished download is saved, and cleared from the list",
  needs("download-events"),
  async ({ browserApp, site }) => {
    const page = await openPanel(browserApp, site);
    await download(page, "/files/100KB.bin", "Song.mp3");
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save Song.mp3" }).click();
    expect((await saved).suggestedFilename()).toBe("100KB.bin");
    await page.getByRole("button", { name: "Clear finished" }).click();
    await expect(page.getByText("Nothing is being transferred.")).toBeVisible();
  },
);

test("a failed download says why and is retried", async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  await download(page, "/files/100KB.bin?status=404&times=1", "Lost.mp3");
  const row = page.getByRole("listitem").filter({ hasText: "Lost.mp3" });
  await expect(row).toContainText("The server answered 404");
  const retry = page.getByRole("button", { name: "Retry Lost.mp3" });
  await expect(retry).toHaveAccessibleDescription(/The server answered 404/);
  await retry.click();
  await expect(row).toContainText("Downloaded");
  await expect(row).toHaveCount(1);
});

test("a task that waits for its next attempt tries at once if the user wants it", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  await page.evaluate(() =>
    panelSession
      .downloadTask("/files/100KB.bin?status=503&times=1&retryAfter=35", { description: "Busy.mp3" })
      .resume(),
  );
  const row = page.getByRole("listitem").filter({ hasText: "Busy.mp3" });
  await expect(row).toContainText(/The server cannot do it now\. Trying again in \d/);
  const secondsLeft = () =>
    page.evaluate(() => {
      const shown = document.querySelector("background-transfers")?.shadowRoot?.querySelector(".row");
      return Number(/again in (\d+)\ssec/.exec(shown?.textContent ?? "")?.[1]);
    });
  const first = await secondsLeft();
  await expect.poll(secondsLeft, "it counts down").toBeLessThan(first);
  await page.getByRole("button", { name: "Try now Busy.mp3" }).click();
  await expect(row).toContainText("Downloaded");
});

test("dropped and pasted files become uploads, unless the app takes them or does not accept them", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  const drop = (name: string) =>
    page.evaluate((fileName) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["hello"], fileName, { type: "text/plain" }));
      const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
      document.querySelector("background-transfers")?.dispatchEvent(event);
    }, name);
  await drop("refused.exe");
  await drop("notes.txt");
  await expect(page.getByRole("listitem").filter({ hasText: "notes.txt" })).toContainText("Uploaded");
  // Not on disk, as a picture of the clipboard.
  await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(["picture"], "image.png", { type: "image/png" }));
    const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true });
    // The constructor of Firefox does not take it.
    Object.defineProperty(event, "clipboardData", { value: clipboardData });
    document.querySelector("background-transfers")?.dispatchEvent(event);
  });
  await expect(page.getByRole("listitem").filter({ hasText: "image.png" })).toContainText("Uploaded");
  const taken = page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener("transfer-files", (event) => {
          event.preventDefault();
          resolve((event as CustomEvent).detail.files.map((file: File) => file.name));
        });
      }),
  );
  await drop("own.txt");
  expect(await taken).toEqual(["own.txt"]);
  expect(site.requests("/echo")).toHaveLength(2);
  await expect(page.getByRole("listitem")).toHaveCount(2);
});

test("the keyboard goes from row to row, and the focus stays in the list when a row goes", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  await page.evaluate(() => {
    for (const description of ["A", "B", "C"])
      panelSession.downloadTask(`/files/1MB.bin?key=${description}`, { description });
  });
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  await button("Cancel all").focus();
  await page.keyboard.press("Tab");
  await expect(button("Resume A")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(button("Cancel A")).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(button("Cancel B")).toBeFocused();
  await page.keyboard.press("End");
  await expect(button("Cancel C")).toBeFocused();
  await button("Cancel all").focus();
  await page.keyboard.press("Enter");
  // The button has gone, and another one of the head has the focus.
  await expect(button("Clear finished")).toBeFocused();
  await button("Remove from list B").focus();
  await page.keyboard.press("Enter");
  await expect(button("Remove from list B")).toHaveCount(0);
  const focused = () =>
    page.evaluate(
      () =>
        document
          .querySelector("background-transfers")
          ?.shadowRoot?.activeElement?.closest("li")
          ?.querySelector(".name")?.textContent ?? "none",
    );
  expect(["A", "C"]).toContain(await focused());
  await page.keyboard.press("Space");
  await page.keyboard.press("Space");
  await expect(page.getByRole("heading", { name: "Transfers" })).toBeFocused();
});

test("a screen reader is told starts, ends and failures, and axe finds nothing in light and dark", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  await expectAccessible(page);
  const said = page.getByRole("status");
  await download(page, "/files/100KB.bin?latency=100", "Song.mp3");
  await expect(said).toHaveText("Song.mp3: Downloaded");
  await download(page, "/status/404", "Lost.mp3");
  await expect(said).toHaveText("Lost.mp3: The server answered 404");
  await download(page, "/files/4MB.bin?throttle=100KB", "Long.mp3");
  await expect(said).toHaveText("Long.mp3: Downloading");
  await page.evaluate(() => {
    const { downloadTask } = panelSession;
    const make = downloadTask.bind(panelSession);
    make("/files/1MB.bin", { description: "Paused.zip", group: "Album" });
    void make("/files/1MB.bin", {
      description: "Later.zip",
      earliestBeginDate: new Date(Date.now() + 1e7),
    }).resume();
    make("/files/2MB.bin", { description: "More.zip" });
  });
  await expect(page.getByRole("listitem")).toHaveCount(7);
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page);
  await page.setViewportSize({ width: 320, height: 800 });
  await expectAccessible(page);
  const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(isTooWide).toBe(false);
});

test("in Arabic the panel runs from right to left, with the plural forms of the language", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(
    browserApp,
    site,
    '<background-transfers session="panel"></background-transfers>',
    'lang="ar" dir="rtl"',
  );
  await page.evaluate(() => {
    for (const key of ["1", "2"])
      panelSession.downloadTask(`/files/1MB.bin?key=${key}`, { description: key });
  });
  await expect(page.getByRole("heading", { name: "عمليات النقل" })).toBeVisible();
  await expect(page.getByText("عمليتان متوقفتان")).toBeVisible();
  const cancel = await page.getByRole("button", { name: "إلغاء 1" }).boundingBox();
  const bar = await page.getByRole("progressbar", { name: "1", exact: true }).boundingBox();
  expect(cancel?.x).toBeLessThan(bar?.x ?? 0);
});

test("groups close, and the list is searched, filtered and sorted", async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  await page.evaluate(() => {
    for (const name of ["b1", "a10", "a2"])
      panelSession.downloadTask(`/files/1MB.bin?key=${name}`, { description: name });
    for (const name of ["x", "y", "z"])
      panelSession.downloadTask(`/files/1MB.bin?key=${name}`, { description: name, group: "Album" });
  });
  const names = page.locator("background-transfers .row .name");
  await expect(names).toHaveText(["b1", "a10", "a2", "x", "y", "z"]);
  await page.getByRole("button", { name: /^Album/ }).click();
  await expect(names).toHaveText(["b1", "a10", "a2"]);
  await expect(page.getByRole("button", { name: /^Album/ })).toHaveAttribute("aria-expanded", "false");
  await page.getByRole("combobox", { name: "Sort by" }).selectOption("Name");
  await expect(names).toHaveText(["a2", "a10", "b1"]);
  await page.getByRole("searchbox").fill("A1");
  await expect(names).toHaveText(["a10"]);
  await page.getByRole("combobox", { name: "Show" }).selectOption("Finished");
  await expect(page.getByText("No transfer matches.")).toBeVisible();
});

test("of ten thousand tasks only those that are seen are drawn", async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  await page.evaluate(() => {
    for (let index = 1; index <= 10_000; index += 1)
      panelSession.downloadTask(`/files/1MB.bin?key=${index}`, { description: `File ${index}` });
  });
  await expect(page.getByText("10,000 paused")).toBeVisible();
  await page.getByRole("button", { name: "Cancel File 1", exact: true }).focus();
  await page.keyboard.press("End");
  await expect(page.getByRole("button", { name: "Cancel File 10000", exact: true })).toBeFocused();
  const last = page.getByRole("listitem").filter({ hasText: "File 10000" });
  await expect(last).toHaveAttribute("aria-posinset", "10000");
  await expect(last).toHaveAttribute("aria-setsize", "10000");
  await expect(last).toBeInViewport();
  expect(await page.getByRole("listitem").count()).toBeLessThan(40);
});

test("a session that was given before the element is defined is shown, also after the element has moved", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site, "<section></section>");
  await download(page, "/files/4MB.bin?throttle=100KB", "Long.mp3");
  await page.evaluate(async () => {
    const panel = Object.assign(document.createElement("background-transfers"), { session: panelSession });
    document.querySelector("main")?.append(panel);
    const address = "/elements/index.js";
    await import(address);
  });
  const row = page.getByRole("listitem").filter({ hasText: "Long.mp3" });
  await expect(row).toContainText("Downloading");
  await page.evaluate(() =>
    document.querySelector("section")?.append(document.querySelector("background-transfers") ?? ""),
  );
  await expect(page.locator("section").getByRole("listitem").filter({ hasText: "Long.mp3" })).toContainText(
    "Downloading",
  );
  expect(await page.evaluate(() => panelSession.getSnapshot().isOpen)).toBe(true);
});
