import type { TestServer } from "../../server/server.ts";
import { expect, namesOf, openPanel, openPanelPage, test } from "../support/panel-page.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

function openAccepting(browser: TestBrowser, site: TestServer, accepts: string): Promise<TestPage> {
  return openPanelPage(browser, site, `<background-transfers accepts="${accepts}"></background-transfers>`);
}

/** Drops text files of these names on the panel. */
function drop(page: TestPage, ...names: string[]): Promise<void> {
  return page.evaluate((names) => {
    const dataTransfer = new DataTransfer();
    for (const name of names) dataTransfer.items.add(new File(["hello"], name, { type: "text/plain" }));
    const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector("background-transfers")?.dispatchEvent(event);
  }, names);
}

/** What the user is told of files that were not added. */
function told(page: TestPage): Promise<string | null | undefined> {
  return page.evaluate(
    () => document.querySelector("background-transfers")?.shadowRoot?.querySelector(".refused")?.textContent,
  );
}

/** Drops what Playwright cannot: entries of folders, some of which cannot be read. */
function dropEntries(page: TestPage, tree: Readonly<Record<string, readonly string[]>>): Promise<void> {
  return page.evaluate((tree) => {
    const fileEntry = (fullPath: string) => ({
      isFile: true,
      isDirectory: false,
      fullPath,
      file(done: (file: File) => void, failed: (error: unknown) => void) {
        if (fullPath.includes("locked")) failed(new DOMException("It cannot be read.", "NotReadableError"));
        else done(new File([fullPath], fullPath.split("/").at(-1) ?? "", { type: "text/plain" }));
      },
    });
    const items = Object.entries(tree).map(([folder, names]) => {
      const parts = [names.map((name) => fileEntry(`/${folder}/${name}`)), []];
      const readEntries = (done: (entries: object[]) => void, failed: (error: unknown) => void) => {
        if (folder === "closed") failed(new DOMException("It is gone.", "NotFoundError"));
        else done(parts.shift() ?? []);
      };
      const entry = {
        isFile: false,
        isDirectory: true,
        fullPath: `/${folder}`,
        createReader: () => ({ readEntries }),
      };
      return { webkitGetAsEntry: () => entry, getAsFile: () => null };
    });
    const event = new DragEvent("drop", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "dataTransfer", { value: { types: ["Files"], items } });
    addEventListener("error", (error) => error.preventDefault());
    document.querySelector("background-transfers")?.dispatchEvent(event);
  }, tree);
}

test("files that are not accepted are named, and many are counted", async ({ browserApp, site }) => {
  const page = await openAccepting(browserApp, site, ".txt");
  await drop(page, "a.exe", "b.txt", "c.exe");
  await expect.poll(() => told(page)).toBe("Not added: a.exe, c.exe");
  const isSpoken = await page.evaluate(() => {
    const root = document.querySelector("background-transfers")?.shadowRoot;
    return root?.querySelector(".refused")?.getAttribute("aria-live");
  });
  expect(isSpoken).toBe("polite");
  await drop(page, "1.exe", "2.exe", "3.exe", "4.exe");
  await expect.poll(() => told(page)).toBe("Not added: 4");
  await drop(page, "b.txt");
  await expect.poll(() => told(page)).toBe("");
});

test("files of which no upload can be made are named, and the others are uploaded", async ({
  browserApp,
  site,
}) => {
  const page = await openPanelPage(browserApp, site);
  await page.evaluate(() => {
    addEventListener("error", (error) => error.preventDefault());
    document.querySelector("background-transfers")?.setAttribute("endpoint", "ftp://files.test/");
  });
  await drop(page, "one.txt", "two.txt");
  await expect.poll(() => told(page)).toBe("Not added: one.txt, two.txt");
  await page.evaluate(() =>
    document.querySelector("background-transfers")?.setAttribute("endpoint", "/echo"),
  );
  await drop(page, "three.txt");
  await expect.poll(() => told(page)).toBe("");
  await expect.poll(() => namesOf(page)).toEqual(["three.txt"]);
});

test("files that are given while the session is over are uploaded when it is open again", async ({
  browserApp,
  site,
}) => {
  const page = await openPanelPage(browserApp, site);
  await page.evaluate(async () => {
    const panel = document.querySelector("background-transfers");
    if (panel) panel.session = panelSession;
    await panelSession.close();
  });
  await drop(page, "one.txt", "two.txt");
  expect(await told(page)).toBe("");
  await page.evaluate(async () => {
    const { BackgroundSession } = await import("background-session");
    globalThis.panelSession = await BackgroundSession.open("panel", { serviceWorker: "/sw.js" });
    const panel = document.querySelector("background-transfers");
    if (panel) panel.session = panelSession;
  });
  await expect.poll(async () => (await namesOf(page)).sort()).toEqual(["one.txt", "two.txt"]);
  await expect.poll(() => site.requests("/echo").length).toBe(2);
});

test("what cannot be read of a drop is named, and the rest is uploaded under its paths", async ({
  browserApp,
  site,
}) => {
  const page = await openPanelPage(browserApp, site);
  const given = page.evaluate(
    () =>
      new Promise((resolve) => {
        addEventListener("transfer-files", ({ detail }) =>
          resolve(detail.files.map(({ webkitRelativePath }) => webkitRelativePath)),
        );
      }),
  );
  await dropEntries(page, { a: ["1.txt", "locked.txt"], closed: ["2.txt"], b: ["1.txt", "3.txt"] });
  expect(await given).toEqual(["a/1.txt", "b/1.txt", "b/3.txt"]);
  await expect.poll(() => told(page)).toBe("Not added: a/locked.txt, closed");
  await expect.poll(async () => (await namesOf(page)).sort()).toEqual(["a/1.txt", "b/1.txt", "b/3.txt"]);
});

test("the camera is offered only if its photos are accepted", { tag: "@core" }, async ({
  browserApp,
  site,
}) => {
  const page = await openAccepting(browserApp, site, ".pdf");
  const isOffered = (accepts: string) =>
    page.evaluate((accepts) => {
      const panel = document.querySelector("background-transfers");
      panel?.setAttribute("accepts", accepts);
      return panel?.shadowRoot?.querySelector<HTMLElement>("button.camera")?.hidden === false;
    }, accepts);
  for (const accepts of [".pdf", "video/*", "image/png"])
    expect([accepts, await isOffered(accepts)]).toEqual([accepts, false]);
  for (const accepts of ["", "image/*", ".pdf, .JPG", "image/jpeg"])
    expect([accepts, await isOffered(accepts)]).toEqual([accepts, true]);
});

test("a long name that was not added wraps in a narrow window", async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  await page.setViewportSize({ width: 320, height: 640 });
  await drop(page, `${"long".repeat(40)}.exe`);
  await drop(page, `${"long".repeat(40)}.bin`);
  const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(isTooWide).toBe(false);
});
