import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestServer } from "../../server/server.ts";
import { download, expectText } from "../support/bindings-page.ts";
import { type Framework, viteConfigOf, withInstalledApps } from "../support/bindings-sites.ts";
import { startDevServer } from "../support/dev-server.ts";
import { expect, test } from "../support/fixtures.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

const PREBUNDLED: Readonly<Record<Framework, string[]>> = {
  react: ["react", "react-dom/client", "react-dom/server", "react/jsx-dev-runtime", "react/jsx-runtime"],
  vue: ["vue"],
  svelte: [],
};

interface Developed {
  readonly page: TestPage;
  /** Writes a file of the app as its developer does. */
  edit(file: string, change: (text: string) => string): Promise<void>;
}

/** Shows the app of a framework from Vite's dev server, with a download that is under way. */
async function develop(
  framework: Framework,
  browser: TestBrowser,
  site: TestServer,
  use: (app: Developed) => Promise<void>,
): Promise<void> {
  await withInstalledApps(async (folders) => {
    const root = folders.get(framework) ?? "";
    const server = await startDevServer(root, site, {
      ...viteConfigOf(framework, root),
      optimizeDeps: { include: PREBUNDLED[framework] },
    });
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      await page.waitForFunction(() => "bindings" in globalThis);
      await page.evaluate(() => {
        Object.assign(globalThis, { isSamePage: true });
        bindings.show("list");
      });
      await download(page, framework, "file", "/files/20MB.bin?throttle=4MB");
      await expectText(page, "li", /Pause$/);
      await page.evaluate((name) => {
        Object.assign(globalThis, { before: bindings.BackgroundSession.current(name) });
      }, framework);
      await use({
        page,
        async edit(file, change) {
          const path = join(root, file);
          await writeFile(path, change(await readFile(path, "utf8")));
          server.vite.watcher.emit("change", path);
        },
      });
    } finally {
      await server.close();
    }
  });
}

/** Whether the page was not loaded again, and still has the session that it had before. */
function sameness(page: TestPage, name: string): Promise<unknown> {
  return page.evaluate((name) => {
    const { before, isSamePage } = globalThis as { before?: unknown; isSamePage?: boolean };
    return { isSamePage, isSameSession: before === bindings.BackgroundSession.current(name) };
  }, name);
}

for (const framework of ["react", "vue"] as const) {
  test(`hot reloading in ${framework} keeps the session, and the new delegate gets the events`, {
    tag: framework === "react" ? "@core" : [],
  }, async ({ browserApp, site }) => {
    test.slow();
    await develop(framework, browserApp, site, async ({ page, edit }) => {
      const before = await page.evaluate(() => bindings.statuses);
      await edit("version.ts", () => "export const VERSION = 2;\n");
      await expect
        .poll(() => page.evaluate(() => bindings.events))
        .toEqual(["2 file file 20000000", "2 completed file"]);
      expect(await sameness(page, framework)).toEqual({ isSamePage: true, isSameSession: true });
      expect(await page.evaluate(() => bindings.statuses)).toEqual(before);
      expect(site.bytesSent("/files/20MB.bin")).toBe(20_000_000);
    });
  });
}

test("hot reloading of a component in svelte keeps the session", async ({ browserApp, site }) => {
  test.slow();
  await develop("svelte", browserApp, site, async ({ page, edit }) => {
    await edit("transfer-list.svelte", (text) => text.replace(">Pause<", ">Halt<"));
    await expectText(page, "li", /Halt$/);
    expect(await sameness(page, "svelte")).toEqual({ isSamePage: true, isSameSession: true });
    await expect
      .poll(() => page.evaluate(() => bindings.events))
      .toEqual(["1 file file 20000000", "1 completed file"]);
    await expectText(page, "#finished", "file");
  });
});

test("hot reloading of the module that opens a session in svelte gives it to the new delegate", async ({
  browserApp,
  site,
}) => {
  test.slow();
  await develop("svelte", browserApp, site, async ({ page, edit }) => {
    await edit("version.ts", () => "export const VERSION = 2;\n");
    await expect.poll(() => page.evaluate(() => bindings.events)).toContain("1 invalid");
    await expect
      .poll(() => page.evaluate(() => bindings.BackgroundSession.current("svelte")?.getSnapshot().isOpen))
      .toBe(true);
    await page.evaluate(() => bindings.show("list"));
    await expectText(page, "#status", "open owner");
    await expect
      .poll(() => page.evaluate(() => bindings.events.filter((event) => event !== "1 invalid")))
      .toEqual(["2 file file 20000000", "2 completed file"]);
    expect(await sameness(page, "svelte")).toEqual({ isSamePage: true, isSameSession: false });
    expect(site.bytesSent("/files/20MB.bin")).toBe(20_000_000);
  });
});
