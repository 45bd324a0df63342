import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withDevApp } from "../support/dev-app.ts";
import { expect, test } from "../support/fixtures.ts";

test("a session survives the hot reloading of the module that opens it", { tag: "@core" }, async ({
  browserApp,
  site,
}) => {
  test.slow();
  await withDevApp("hmr-app", { browserApp, site }, async ({ page, vite, root }) => {
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
      vite.watcher.emit("change", module);
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
  });
});

test("without dispose, a hot reload leaves the session to the module that has it, and says what is missing", async ({
  browserApp,
  site,
}) => {
  test.slow();
  const prepare = async (root: string) => {
    const module = join(root, "downloads.ts");
    const source = await readFile(module, "utf8");
    await writeFile(module, source.replace(/^import\.meta\.hot\?\.dispose.*$/m, ""));
  };
  await withDevApp("hmr-app", { browserApp, site, prepare }, async ({ page, vite, root }) => {
    const module = join(root, "downloads.ts");
    const source = await readFile(module, "utf8");
    await page.waitForFunction(() => globalThis.seen?.versions.length === 1);
    await page.evaluate(() => {
      const warnings: string[] = [];
      console.warn = (text: unknown) => warnings.push(String(text));
      Object.assign(globalThis, { warnings });
      return current.downloadTask("/files/5MB.bin?throttle=1MB", { id: "file" }).resume();
    });
    for (let version = 2; version <= 3; version += 1) {
      await writeFile(module, source.replace("VERSION = 1", `VERSION = ${version}`));
      vite.watcher.emit("change", module);
      await page.waitForFunction(() =>
        (globalThis as never as { warnings: string[] }).warnings.join().includes("hot?.dispose"),
      );
    }
    await page.waitForFunction(() => seen.events.length === 2);
    const { owned, ...told } = await page.evaluate(async () => {
      const { held } = await navigator.locks.query();
      const { warnings } = globalThis as never as { warnings: string[] };
      return {
        owned: held?.filter(({ name }) => name?.includes("hmr")).length,
        versions: seen.versions.map(({ version, role }) => `${version} ${role}`),
        events: seen.events.map(({ version, type }) => `${version} ${type}`),
        warnings: warnings.filter((text) => text.includes("was not closed")),
      };
    });
    expect(owned).toBe(1);
    expect(told).toEqual({
      versions: ["1 owner"],
      events: ["1 didFinishDownloading", "1 didComplete"],
      warnings: [expect.stringContaining('The session "hmr" was not closed')],
    });
    expect(site.bytesSent("/files/5MB.bin")).toBe(5_000_000);
  });
});
