import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestServer } from "../../server/server.ts";
import { expect } from "./fixtures.ts";
import { writeNumberedFile } from "./numbered-file.ts";
import { openWithBucket } from "./open-with-bucket.ts";
import { endOf } from "./task-end.ts";
import type { TestBrowser, TestPage } from "./test-browser.ts";
import { acknowledgedBytes } from "./upload-progress.ts";

const MIB = 1024 * 1024;
const PART = 5 * MIB;
const CONNECTIONS = 2;

/** What is served at `/bucket/*`. */
export interface KillTarget {
  bytesPerSecond: number;
  /** The names of the requests that have arrived. */
  readonly talk: readonly string[];
  /** The object, if there is one. */
  object(path: string): Promise<{ readonly sizeBytes: number; readonly sha256: string } | undefined>;
}

/** Kills the worker and the browser in turn, each time while a part is on its way, and compares what the bucket has. */
export async function killDuringS3Upload(
  { browserApp, page, site }: { browserApp: TestBrowser; page: TestPage; site: TestServer },
  target: KillTarget,
  { sizeBytes, bytesPerSecond, kills = 20 }: { sizeBytes: number; bytesPerSecond: number; kills?: number },
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "background-session-"));
  const path = join(directory, "film.mp4");
  const sha256 = await writeNumberedFile(path, sizeBytes);
  await browserApp.chooseFile(page, path);
  await openWithBucket(page);
  target.bytesPerSecond = bytesPerSecond;
  await page.evaluate(
    async ([url, connections]) => {
      const session = app.BackgroundSession.current("test");
      const { chosen } = globalThis as unknown as { chosen: File };
      await session?.uploadTask(url, chosen, { id: "film", protocol: "s3", connections }).resume();
    },
    [`${site.crossOrigin}/bucket/film`, CONNECTIONS] as const,
  );

  const countOfPuts = () => site.requests(({ method, path }) => method === "PUT" && path === "/bucket/film");
  // Parts may have arrived of which the page does not know yet, and those on their way may arrive although the worker is
  // killed: there is another one after each kill.
  const killedBytes = sizeBytes - (2 * CONNECTIONS + 1) * PART;
  let current = page;
  let puts = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    await acknowledgedBytes(current, "film", Math.floor((killedBytes * kill) / kills) - 1);
    await expect.poll(() => countOfPuts().length, { intervals: [20], timeout: 60_000 }).toBeGreaterThan(puts);
    puts = countOfPuts().length;
    expect(await target.object("/bucket/film")).toBeUndefined();
    if (kill % 2 === 0) {
      await browserApp.stopWorkers(current);
    } else {
      await browserApp.killAndRestart();
      current = await browserApp.open(site.origin);
      await openWithBucket(current);
    }
  }

  expect(await endOf(current, "film", 120_000)).toMatchObject([{ type: "didComplete", status: 200 }]);
  expect(await target.object("/bucket/film")).toMatchObject({ sizeBytes, sha256 });
  const count = (word: RegExp) => target.talk.filter((name) => word.test(name)).length;
  expect(count(/^create/)).toBe(1);
  expect(count(/^list/)).toBeGreaterThanOrEqual(kills / 2);
  await rm(directory, { recursive: true });
  // A kill costs the parts that are on their way, and no other.
  expect(count(/^part/)).toBeLessThanOrEqual(Math.ceil(sizeBytes / PART) + kills * CONNECTIONS);
}
