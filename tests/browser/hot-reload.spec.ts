import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDevServer } from "../support/dev-server.ts";
import { expect, test } from "../support/fixtures.ts";
import { withAppCopy } from "../support/installed-package.ts";

test("a session survives the hot reloading of the module that opens it", async ({ browserApp, site }) => {
  test.slow();
  await withAppCopy("hmr-app", async (root) => {
    const server = await startDevServer(root, site);
    try {
      const page = await browserApp.newPage();
      await page.goto(server.url);
      await page.waitForFunction(() => globalThis.seen?.versions.length === 1);
      await page.evaluate(() => {
        Object.assign(globalThis, { isSamePage: true });
        return current.downloadTask("/files/20MB.bin?throttle=4MB", { id: "file" }).resume();
      });
      await page.waitForFunction(() => (current.task("file")?.countOfBytesReceived ?? 0) > 0);

      const module = join(root, "downloads.ts");
      const source = await readFile(module, "utf8");
      for (let version = 2; version <= 4; version += 1) {
        await writeFile(module, source.replace("VERSION = 1", `VERSION = ${version}`));
        server.vite.watcher.emit("change", module);
        await page.waitForFunction((version) => seen.versions.length === version, version);
      }
      await page.waitForFunction(() => seen.events.length === 2);

      expect(await page.evaluate(() => "isSamePage" in globalThis)).toBe(true);
      const { versions, events } = await page.evaluate(() => seen);
      expect(versions).toEqual([
        { version: 1, role: "owner", tasks: [] },
        ...[2, 3, 4].map((version) => ({ version, role: "owner", tasks: ["file running"] })),
      ]);
      expect(events).toEqual([
        {
          version: 4,
          type: "didFinishDownloading",
          id: "file",
          sha256: await site.sha256("/files/20MB.bin"),
        },
        { version: 4, type: "didComplete", id: "file" },
      ]);
      expect(site.bytesSent("/files/20MB.bin")).toBe(20_000_000);
    } finally {
      await server.close();
    }
  });
});
