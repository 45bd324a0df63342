import { needs } from "../support/absences.ts";
import { download, expect, namesOf, openPanel, openPanelPage, test } from "../support/panel-page.ts";

const withDebugger = needs("chromium-debugger");

test(
  "a panel that was removed is collected, while the session and its tasks live on",
  withDebugger,
  async ({ chromium, site }) => {
    const page = await openPanel(chromium, site);
    await download(page, "/files/100KB.bin", "Song.mp3");
    await download(page, "/files/4MB.bin?throttle=100KB", "Long.mp3");
    await expect(page.getByRole("listitem").filter({ hasText: "Song.mp3" })).toContainText("Downloaded");
    await page.evaluate(() => {
      const panel = document.querySelector("background-transfers");
      Object.assign(globalThis, { panel: new WeakRef(panel as object) });
      panel?.remove();
    });
    const isCollected = async () => {
      await chromium.collectGarbage(page);
      return page.evaluate(
        () => (globalThis as unknown as { panel: WeakRef<object> }).panel.deref() === undefined,
      );
    };
    await expect.poll(isCollected).toBe(true);
    expect(await page.evaluate(() => panelSession.tasks().length)).toBe(1);
  },
);

test("a screen reader is told each quarter of the way, not each step", async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  await page.evaluate(() => {
    const seen = { said: [] as string[], steps: 0 };
    const root = document.querySelector("background-transfers")?.shadowRoot;
    const status = root?.querySelector("[role=status]");
    new MutationObserver(() => seen.said.push(status?.textContent ?? "")).observe(status as Node, {
      childList: true,
      characterData: true,
      subtree: true,
    });
    panelSession.subscribe(() => {
      seen.steps += 1;
    });
    Object.assign(globalThis, { seen });
  });
  await download(page, "/files/8MB.bin?throttle=1MB", "Long.mp3");
  await expect(page.getByRole("status")).toHaveText("Long.mp3: Downloaded");
  const { said, steps } = await page.evaluate(
    () => (globalThis as unknown as { seen: { said: string[]; steps: number } }).seen,
  );
  const all = ["Downloading", "25%", "50%", "75%", "Downloaded"].map((news) => `Long.mp3: ${news}`);
  // On a slow machine two quarters may pass between two news.
  expect(all.filter((text) => said.includes(text))).toEqual(said);
  expect(said.length).toBeGreaterThanOrEqual(3);
  expect(steps).toBeGreaterThan(2 * said.length);
});

test("an app adds a language of its own, and changes the words of another", async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site, "<section></section>", 'lang="fr-CA"');
  await page.evaluate(async () => {
    const address = "/elements/index.js";
    const { addMessages, ENGLISH } = (await import(address)) as typeof import("../../src/elements/index.ts");
    const counts = { ...ENGLISH.counts, suspended: { one: "{n} en pause", other: "{n} en pauses" } };
    addMessages("fr", { ...ENGLISH, title: "Transferts", counts });
    addMessages("en", { ...ENGLISH, title: "Downloads" });
    document
      .querySelector("section")
      ?.append(Object.assign(document.createElement("background-transfers"), { session: panelSession }));
  });
  await expect(page.getByRole("heading", { name: "Transferts" })).toBeVisible();
  // In French, zero and one are singular, and a number has a comma.
  await page.evaluate(() => void panelSession.downloadTask("/files/1500KB.bin", { description: "Un" }));
  await expect(page.getByText("1 en pause · 0 %")).toBeVisible();
  await page.evaluate(() => void panelSession.downloadTask("/files/1500KB.bin?key=2"));
  await expect(page.getByText("2 en pauses")).toBeVisible();
  await page.evaluate(() => document.querySelector("background-transfers")?.setAttribute("lang", "en-GB"));
  await expect(page.getByRole("heading", { name: "Downloads" })).toBeVisible();
  await page.evaluate(() => document.querySelector("background-transfers")?.setAttribute("lang", "xx"));
  await expect(page.getByRole("heading", { name: "Downloads" })).toBeVisible();
});

test("a panel with a name shows the session of that name whenever one is open", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  const reopen = () =>
    page.evaluate(async () => {
      const { BackgroundSession } = await import("background-session");
      globalThis.panelSession = await BackgroundSession.open("panel", { serviceWorker: "/sw.js" });
    });
  await page.evaluate(() => void panelSession.downloadTask("/files/1MB.bin", { description: "Paused.mp3" }));
  const row = page.getByRole("listitem").filter({ hasText: "Paused.mp3" });
  await expect(row).toBeVisible();
  await page.evaluate(() => panelSession.close());
  await expect(row).toHaveCount(0);
  await reopen();
  await expect(row).toBeVisible();
  await page.evaluate(() => document.querySelector("background-transfers")?.setAttribute("session", "other"));
  await expect(row).toHaveCount(0);
  await page.evaluate(() => {
    const panel = document.querySelector("background-transfers");
    if (panel) panel.session = "panel";
  });
  await expect(row).toBeVisible();
});

test("a panel that was given a session shows the one of the name that it is given after it, and acts on that one", async ({
  browserApp,
  site,
}) => {
  const page = await openPanelPage(browserApp, site);
  await page.evaluate(async () => {
    const panel = document.querySelector("background-transfers");
    if (panel) panel.session = panelSession;
    panelSession.downloadTask("/files/1MB.bin", { description: "First.mp3" });
    const { BackgroundSession } = await import("background-session");
    const other = await BackgroundSession.open("other", { serviceWorker: "/sw.js" });
    other.downloadTask("/files/1MB.bin", { description: "Second.mp3" });
    if (panel) panel.session = "other";
  });
  await expect.poll(() => namesOf(page)).toEqual(["Second.mp3"]);
  await page.evaluate(() => {
    const panel = document.querySelector("background-transfers");
    panel?.shadowRoot?.querySelector<HTMLElement>("[data-all=cancel]")?.click();
  });
  await expect
    .poll(() => page.evaluate(() => document.querySelector("background-transfers")?.session?.tasks().length))
    .toBe(0);
  expect(await page.evaluate(() => panelSession.tasks().map(({ state }) => state))).toEqual(["suspended"]);
});

test("the language is that of the nearest element that says it, beyond shadow trees too, and follows its changes", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openPanelPage(
    browserApp,
    site,
    "<section><div></div></section><background-transfers></background-transfers>",
  );
  const titles = () =>
    page.evaluate(() => {
      const roots = [document.querySelector("div")?.shadowRoot, document];
      return roots.map(
        (root) => root?.querySelector("background-transfers")?.shadowRoot?.querySelector("h2")?.textContent,
      );
    });
  await page.evaluate(() => {
    document.querySelector("section")?.setAttribute("lang", "de");
    const root = document.querySelector("div")?.attachShadow({ mode: "open" });
    root?.append(document.createElement("background-transfers"));
  });
  await expect.poll(titles).toEqual(["Übertragungen", "Transfers"]);
  await page.evaluate(() => {
    document.documentElement.lang = "ja";
  });
  await expect.poll(titles).toEqual(["Übertragungen", "転送"]);
  await page.evaluate(() => document.querySelector("section")?.removeAttribute("lang"));
  await expect.poll(titles).toEqual(["転送", "転送"]);
});
