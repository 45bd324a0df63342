import { chmod, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { useDatabases } from "../support/fake-database.ts";
import { CuttingProxy } from "../support/servers/cutting-proxy.ts";
import { DownloadFrom } from "../support/servers/download-from.ts";
import { habitsOf } from "../support/servers/habits-of.ts";
import type { RealServer, RunningServer } from "../support/servers/real-servers.ts";
import { bytesOfVersion, VersionedFile } from "../support/versioned-file.ts";

/**
 * The habits of the servers that are in use. Each tells versions apart in its own way, and whatever it says, a file
 * is one version.
 */

const SIZE = 300_000;
/** Well inside the body, however long the headers are. */
const CUT = 120_000;
const LONG_AGO = Date.UTC(2024, 0, 1);
const TEXT = "So much text that it is worth the coding.\n".repeat(20_000);
const VIEWS = [
  ["its own origin", false],
  ["another origin", true],
] as const;

export function realServerContract({ name, habits, staleMs = 0, hasNoRanges, start }: RealServer): void {
  describe(`fetchTransport with ${name}`, () => {
    const newDatabase = useDatabases();
    let file: VersionedFile;
    let server: RunningServer;
    let proxy: CuttingProxy;

    beforeAll(async () => {
      file = await VersionedFile.make();
      // The server may run as another user.
      await chmod(file.directory, 0o755);
      server = await start(file.directory);
      proxy = await CuttingProxy.start(server.port);
      await writeFile(join(file.directory, "empty.bin"), "");
      await writeFile(join(file.directory, "text.txt"), TEXT);
    });
    afterAll(async () => {
      proxy?.stop();
      await server?.stop();
      await file?.remove();
    });
    afterEach(() => {
      proxy.cutAfterBytes = undefined;
    });

    const download = (path: string, isForeign: boolean, method?: string) =>
      DownloadFrom.of(newDatabase(), `http://127.0.0.1:${proxy.port}${path}`, isForeign, method);

    /** Writes a version, and waits until the server has noticed it. */
    async function write(version: number, modifiedAt = LONG_AGO, sizeBytes = SIZE): Promise<void> {
      await file.write(version, modifiedAt, sizeBytes);
      await untilNoticed();
    }

    async function untilNoticed(): Promise<void> {
      if (staleMs === 0) return;
      await delay(staleMs);
      // The server may answer the first request after a pause by the clock of before the pause.
      await (await fetch(`http://127.0.0.1:${server.port}/nothing`)).arrayBuffer();
    }

    /** Returns a download of version 1 that broke off in the middle. */
    async function begun(isForeign: boolean, path = `/${file.name}`): Promise<DownloadFrom> {
      const task = await download(path, isForeign);
      proxy.cutAfterBytes = CUT;
      const { bytesReceived } = await task.attempt();
      expect(bytesReceived).toBeGreaterThan(0);
      expect(bytesReceived).toBeLessThan(SIZE);
      return task;
    }

    async function expectVersion(task: DownloadFrom, version: number, sizeBytes = SIZE): Promise<void> {
      const row = await task.end();
      expect(row).toMatchObject({ state: "completed", bytesReceived: sizeBytes, response: { status: 200 } });
      expect(row.failure).toBeUndefined();
      expect(Buffer.compare(await task.bytes(), bytesOfVersion(version, sizeBytes))).toBe(0);
    }

    it("has its declared habits", async () => {
      expect(await habitsOf(server.port, file)).toEqual(habits);
    });

    describe.each(VIEWS)("from %s", (_, isForeign) => {
      it("a whole file", async () => {
        await write(1);
        const task = await download(`/${file.name}`, isForeign);
        await expectVersion(task, 1);
        expect(task.asked).toHaveLength(1);
        expect(task.asked[0]?.status).toBe(isForeign ? 200 : 206);
      });

      it("an empty file", async () => {
        const task = await download("/empty.bin", isForeign);
        expect(await task.end()).toMatchObject({
          state: "completed",
          bytesReceived: 0,
          response: { status: 200 },
        });
        expect(task.asked).toHaveLength(1);
      });

      it("a file that is not there", async () => {
        const task = await download("/nothing", isForeign);
        expect(await task.end()).toMatchObject({ state: "completed", response: { status: 404 } });
        expect(task.asked).toHaveLength(1);
      });

      it("is resumed after the connection broke", async () => {
        await write(1);
        const task = await begun(isForeign);
        const { bytesReceived } = await task.row();
        await expectVersion(task, 1);
        const [, second, ...others] = task.asked;
        expect(second).toMatchObject({ range: `bytes=${bytesReceived}-`, status: 206 });
        expect(second?.ifRange === undefined).toBe(isForeign);
        expect(others).toEqual([]);
      });

      it("is downloaded again if it has changed", async () => {
        await write(1);
        const task = await begun(isForeign);
        await write(2, LONG_AGO + 60_000, SIZE);
        await expectVersion(task, 2);
      });

      it("is downloaded again if it was written twice in the second in which it was sent", async () => {
        await untilNoticed();
        // The test starts at the beginning of a second, so that all of it fits into that second.
        await delay(1_010 - (Date.now() % 1_000));
        await file.write(1, Date.now(), SIZE);
        const task = await begun(isForeign);
        await write(2, Date.now());
        await expectVersion(task, 2);
      });

      it("is downloaded again if it is now shorter than the bytes on disk", async () => {
        await write(1);
        const task = await begun(isForeign);
        const { bytesReceived } = await task.row();
        await write(2, LONG_AGO + 60_000, bytesReceived - 1_000);
        await expectVersion(task, 2, bytesReceived - 1_000);
      });

      it("is downloaded again if it has become longer", async () => {
        await write(1);
        const task = await begun(isForeign);
        await write(2, LONG_AGO + 60_000, SIZE + 1_000);
        await expectVersion(task, 2, SIZE + 1_000);
      });

      it("is complete if the server has no more bytes than are on disk", async () => {
        await write(1);
        const task = await begun(isForeign);
        const { bytesReceived } = await task.row();
        // The server describes the same file, and it ends exactly here.
        await truncate(file.path, bytesReceived);
        await untilNoticed();
        await expectVersion(task, 1, bytesReceived);
      });

      it("HEAD brings no body, and no length to hold against one", async () => {
        const task = await download(`/${file.name}`, isForeign, "HEAD");
        expect(await task.end()).toMatchObject({
          state: "completed",
          bytesReceived: 0,
          response: { status: 200 },
        });
        expect(task.asked).toEqual([{ status: 200 }]);
      });

      if (hasNoRanges) {
        it("is downloaded again after a break if the server does not support ranges", async () => {
          await write(1);
          const task = await begun(isForeign, `/no-ranges/${file.name}`);
          await expectVersion(task, 1);
          expect(task.asked.map(({ status }) => status)).toEqual([200, 200]);
        });
      }

      it("a text file, which the server may compress, arrives unchanged, even after a break", async () => {
        const task = await download("/text.txt", isForeign);
        // Compressed it has a few kilobytes.
        proxy.cutAfterBytes = isForeign && habits.codedETag !== "not coded" ? 1_500 : CUT;
        await task.attempt();
        const row = await task.end();
        expect(row).toMatchObject({ state: "completed", response: { status: 200 } });
        expect(new TextDecoder().decode(await task.bytes())).toBe(TEXT);
      });
    });
  });
}
