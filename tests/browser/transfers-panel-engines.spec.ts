import { download, expect, openPanelPage, test } from "../support/panel-page.ts";
import type { TestPage } from "../support/test-browser.ts";

/** What the rows say, in their order; without locators, which not every engine's driver has. */
function rowsOf(page: TestPage): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.querySelector("background-transfers")?.shadowRoot;
    const textOf = (row: Element, part: string) => row.querySelector(part)?.textContent;
    return [...(root?.querySelectorAll(".row") ?? [])].map(
      (row) => `${textOf(row, ".name")}: ${textOf(row, ".sentence")}`,
    );
  });
}

/** What the first row says of where the bytes come from, and which way they take. */
function sourceOf(page: TestPage): Promise<string | null | undefined> {
  return page.evaluate(
    () => document.querySelector("background-transfers")?.shadowRoot?.querySelector(".source")?.textContent,
  );
}

/** Presses a button by its action, and by the name of its row. */
function press(page: TestPage, action: string, name?: string): Promise<void> {
  return page.evaluate(
    ([action, name]) => {
      const root = document.querySelector("background-transfers")?.shadowRoot as ShadowRoot;
      const row = [...root.querySelectorAll("li")].find((one) => one.textContent?.includes(name ?? ""));
      const button = (name === undefined ? root : row)?.querySelector<HTMLElement>(action);
      if (!button) throw new Error(`There is no ${action} for ${name}.`);
      button.click();
    },
    [action, name] as const,
  );
}

test("in every engine, the buttons of a row and of the head do what they say", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openPanelPage(browserApp, site);
  await download(page, "/files/4MB.bin?throttle=200KB", "Long.mp3");
  await expect.poll(() => rowsOf(page)).toEqual(["Long.mp3: Downloading"]);
  const { host } = new URL(site.origin);
  const canTakeOver = await page.evaluate(() => "BackgroundFetchManager" in globalThis);
  const why = canTakeOver ? "Then perhaps by the browser" : "The browser cannot do it alone";
  expect(await sourceOf(page)).toBe(`By the app while it is open · ${why} · ${host}`);
  await press(page, "[data-action=pause]", "Long.mp3");
  await expect.poll(() => rowsOf(page)).toEqual(["Long.mp3: Paused"]);
  expect(await sourceOf(page)).toBe(host);
  await press(page, "[data-all=resume]");
  await expect.poll(() => rowsOf(page)).toEqual(["Long.mp3: Downloading"]);
  await press(page, "[data-action=cancel]", "Long.mp3");
  await expect.poll(() => rowsOf(page)).toEqual(["Long.mp3: Cancelled"]);
  await download(page, "/files/100KB.bin?status=404&times=1", "Lost.mp3");
  await expect.poll(() => rowsOf(page)).toEqual(["Lost.mp3: The server answered 404", "Long.mp3: Cancelled"]);
  await press(page, "[data-action=retry]", "Lost.mp3");
  await expect.poll(() => rowsOf(page)).toEqual(["Lost.mp3: Downloaded", "Long.mp3: Cancelled"]);
  await press(page, "[data-all=remove]");
  await expect.poll(() => rowsOf(page)).toEqual([]);
  await expect.poll(() => page.evaluate(() => panelSession.getSnapshot().finished.length)).toBe(0);
  expect(await page.evaluate(() => violations)).toEqual([]);
});

test("in every engine, a list of ten thousand tasks is drawn where it is seen, and is searched and grouped", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openPanelPage(browserApp, site);
  await page.evaluate(() => {
    for (let index = 1; index <= 10_000; index += 1)
      panelSession.downloadTask(`/files/1MB.bin?key=${index}`, { description: `File ${index}` });
    panelSession.downloadTask("/files/1MB.bin", { description: "Song.mp3", group: "Album" });
  });
  await expect.poll(() => rowsOf(page)).toContain("File 1: Paused");
  expect((await rowsOf(page)).length).toBeLessThan(40);
  const scroll = (top: number) =>
    page.evaluate((top) => {
      const list = document.querySelector("background-transfers")?.shadowRoot?.querySelector(".list");
      if (list) list.scrollTop = top;
    }, top);
  for (const top of [1e9, 0, 400_000]) await scroll(top);
  await expect.poll(() => rowsOf(page)).toContain("File 4350: Paused");
  // Rows lie one below the other, each in its place.
  const places = await page.evaluate(() => {
    const root = document.querySelector("background-transfers")?.shadowRoot;
    return [...(root?.querySelectorAll(".row") ?? [])].map((row) => {
      const place = Number(row.getAttribute("aria-posinset"));
      return [place, row.querySelector(".name")?.textContent, row.getBoundingClientRect().top] as const;
    });
  });
  for (const [index, [place, name, top]] of places.entries()) {
    expect(name).toBe(`File ${place}`);
    const next = places[index + 1];
    if (next !== undefined) expect(next[2]).toBeGreaterThan(top);
  }
  await scroll(1e9);
  await expect.poll(() => rowsOf(page)).toContain("Song.mp3: Paused");
  await press(page, "[data-action=group]", "Album");
  await expect.poll(() => rowsOf(page)).not.toContain("Song.mp3: Paused");
  await page.evaluate(() => {
    const root = document.querySelector("background-transfers")?.shadowRoot;
    const input = root?.querySelector("input") as HTMLInputElement;
    input.value = "file 9999";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await expect.poll(() => rowsOf(page)).toEqual(["File 9999: Paused"]);
});

test("in every engine, what has ended and was told to nobody is listed by the next page, until it is removed", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const first = await openPanelPage(browserApp, site, "<p></p>");
  await first.evaluate(async () => {
    const upload = panelSession.uploadTask("/echo", new File(["a"], "a.txt"), { description: "Note.txt" });
    const lost = panelSession.downloadTask("/status/404", { description: "Lost.mp3" });
    const file = panelSession.downloadTask("/text?body=Hello&type=text/plain", { description: "Song.mp3" });
    for (const task of [upload, lost, file]) {
      const { completed } = task;
      await task.resume();
      await completed;
    }
  });
  await first.close();
  const page = await openPanelPage(browserApp, site);
  await expect
    .poll(() => rowsOf(page))
    .toEqual(["Song.mp3: Downloaded", "Lost.mp3: The server answered 404", "Note.txt: Uploaded"]);
  // The bytes are still there.
  const canSave = () =>
    page.evaluate(
      () =>
        document
          .querySelector("background-transfers")
          ?.shadowRoot?.querySelector<HTMLElement>("[data-action=save]")?.hidden,
    );
  await expect.poll(canSave).toBe(false);
  const { counts, finished } = await page.evaluate(() => panelSession.getSnapshot());
  expect([counts.succeeded, counts.failed, finished.length]).toEqual([2, 1, 3]);
  await press(page, "[data-action=remove]", "Lost.mp3");
  await expect.poll(() => page.evaluate(() => panelSession.getSnapshot().finished.length)).toBe(2);
  // Another page, which only observes the session, shows the same.
  const observer = await openPanelPage(browserApp, site);
  await expect.poll(() => rowsOf(observer)).toEqual(["Song.mp3: Downloaded", "Note.txt: Uploaded"]);
  expect(await observer.evaluate(() => panelSession.role)).toBe("observer");
  await observer.close();
  await page.close();
  // A page with a delegate is still told of all of them, once.
  const last = await openPanelPage(browserApp, site, "<p></p>");
  const told = await last.evaluate(async () => {
    await panelSession.close();
    const { BackgroundSession } = await import("background-session");
    const told: string[] = [];
    await new Promise<void>((resolve) => {
      const delegate = {
        didComplete: ({ description = "" }) => void told.push(description),
        didFinishEvents: () => resolve(),
      };
      void BackgroundSession.open("panel", { serviceWorker: "/sw.js", delegate });
    });
    return told;
  });
  expect(told).toEqual(["Note.txt", "Lost.mp3", "Song.mp3"]);
});

test("in every engine, the panel refuses what is neither a session nor its name, and goes on with what it had", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openPanelPage(browserApp, site);
  const thrown = await page.evaluate(() => {
    const panel = document.querySelector("background-transfers") as object as { session: unknown };
    return [5, 0, true, {}, [], Promise.resolve(panelSession), () => {}].map((value) => {
      try {
        panel.session = value;
        return "nothing";
      } catch (error) {
        return String(error);
      }
    });
  });
  const refused = "TypeError: session must be a BackgroundSession, its name, null or undefined.";
  expect(thrown).toEqual(thrown.map(() => refused));
  await download(page, "/files/100KB.bin", "Song.mp3");
  await expect.poll(() => rowsOf(page)).toEqual(["Song.mp3: Downloaded"]);
  const shown = await page.evaluate(() => {
    const panel = document.querySelector("background-transfers");
    if (panel === null) throw new Error("There is no panel.");
    return [null, undefined, "other", "panel", panelSession].map((value) => {
      panel.session = value;
      return panel.session === panelSession;
    });
  });
  // Without a session of its own, it has that of its attribute.
  expect(shown).toEqual([true, true, false, true, true]);
});
