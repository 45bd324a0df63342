import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { download, expectText } from "../support/bindings-page.ts";
import { viteConfigOf } from "../support/bindings-sites.ts";
import { startDevServer } from "../support/dev-server.ts";
import { expect, test } from "../support/fixtures.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PREBUNDLED = {
  react: ["react", "react-dom/client", "react-dom/server", "react/jsx-dev-runtime", "react/jsx-runtime"],
  vue: ["vue"],
};

for (const framework of ["react", "vue"] as const) {
  test(`hot reloading in ${framework} keeps the session, and the new delegate gets the events`, async ({
    browserApp,
    site,
  }) => {
    test.slow();
    const apps = await mkdtemp(join(tmpdir(), "background-session-bindings-"));
    await cp(`${ROOT}tests/support/bindings`, apps, { recursive: true });
    const root = join(apps, framework);
    const server = await startDevServer(root, site, {
      ...viteConfigOf(framework, root),
      resolve: {
        alias: [
          { find: /^background-session\/(.*)/, replacement: `${ROOT}dist/$1/index.js` },
          { find: "background-session", replacement: `${ROOT}dist/app/index.js` },
          { find: /^(react|react-dom|vue)($|\/)/, replacement: `${ROOT}node_modules/$1$2` },
        ],
      },
      optimizeDeps: { include: PREBUNDLED[framework] },
    });
    try {
      const page = await browserApp.newPage();
      await page.goto(server.url);
      await page.waitForFunction(() => "bindings" in globalThis);
      await page.evaluate(() => {
        Object.assign(globalThis, { isSamePage: true });
        bindings.show("list");
      });
      await download(page, framework, "file", "/files/20MB.bin?throttle=4MB");
      await expectText(page, "li", /Pause$/);
      const before = await page.evaluate((name) => {
        Object.assign(globalThis, { before: bindings.BackgroundSession.current(name) });
        return bindings.statuses;
      }, framework);

      const module = join(root, "version.ts");
      await writeFile(module, "export const VERSION = 2;\n");
      server.vite.watcher.emit("change", module);

      await expect
        .poll(() => page.evaluate(() => bindings.events))
        .toEqual(["2 file file 20000000", "2 completed file"]);
      const after = await page.evaluate((name) => {
        const { before, isSamePage } = globalThis as { before?: unknown; isSamePage?: boolean };
        const isSameSession = before === bindings.BackgroundSession.current(name);
        return { isSamePage, isSameSession, statuses: bindings.statuses };
      }, framework);
      expect(after).toEqual({ isSamePage: true, isSameSession: true, statuses: before });
      expect(site.bytesSent("/files/20MB.bin")).toBe(20_000_000);
    } finally {
      await server.close();
      await rm(apps, { recursive: true, force: true });
    }
  });
}
