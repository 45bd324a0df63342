import { BenchChromium, type BenchPage } from "../browser.ts";
import { contest, median } from "../contest.ts";
import { besides, bounded, compared, type Figure } from "../figure.ts";
import { progress } from "../progress.ts";
import { MIB } from "../server.ts";
import type { Setting } from "../setting.ts";

/** The part size of the library on a fast connection. */
const PART_BYTES = 32 * MIB;
const WRITES = 3;

/** In bytes: a smaller quota has no room for 512 MiB of every contestant. */
const LITTLE_ROOM = 4_096 * MIB;

/** The memory that a download may use beyond one that keeps nothing. */
const MORE_MEMORY_MIB = 150;

/** N3: a download to disk, compared with Background Fetch and the fastest bare way in a worker, and its memory. */
export async function download(setting: Setting): Promise<Figure[]> {
  const { site, isQuick, repetitions, launch, settleDisk } = setting;
  const browser = await launch();
  try {
    const page = await browser.open(site.origin);
    const { quota = 0 } = await page.run(() => navigator.storage.estimate());
    // WebKitGTK gives 1,000 MiB, and still counts what was just deleted.
    const sizeMib = quota < LITTLE_ROOM ? 128 : 512;
    const sizeBytes = (isQuick ? 32 : sizeMib) * MIB;
    const path = site.serveBytes(sizeBytes);
    const title = `download ${sizeBytes / MIB} MiB`;
    const hasBackgroundFetch = await page.run(() => "backgroundFetch" in ServiceWorkerRegistration.prototype);
    const contestants: Record<string, () => Promise<number>> = {
      ours: () => downloadTask(page, path),
      cachePut: () => page.run((url) => bench.peer("cachePut", url), path),
      parts: () => storeParts(page, path),
      discard: () => page.run((url) => bench.peer("discard", url), path),
      ...(hasBackgroundFetch && { backgroundFetch: () => inFreshPage(setting, browser, path) }),
    };
    const {
      ours = [],
      cachePut = [],
      parts = [],
      discard = [],
      backgroundFetch,
    } = await contest(title, repetitions, contestants, { before: settleDisk });
    const speed = compared({
      name: "N3 download",
      title: `${title} to disk, until the app has its file`,
      ours,
      ...(backgroundFetch && {
        peer: backgroundFetch,
        peerName: "Background Fetch, and its record copied into a cache",
      }),
      limit: cachePut,
      limitName: "cache.put of the stream, which keeps nothing",
      goals: { peer: 1, limit: 0.9 },
      notes: [
        besides("the same kind of storage, bare (Blobs of 32 MiB in IndexedDB, three at once)", ours, parts),
        `fetched and thrown away: ${Math.round(median(discard))} ms`,
      ],
    });
    return browser instanceof BenchChromium ? [speed, ...(await memory(setting))] : [speed];
  } finally {
    await browser.close();
  }
}

/** @returns milliseconds until the file is there */
export function downloadTask(page: BenchPage, path: string, connections: number = 1): Promise<number> {
  return page.run(
    async (url, connections) => {
      const session = await bench.open({ delegate: {} });
      const task = session.downloadTask(url, { connections });
      const { completed } = task;
      const since = performance.now();
      void task.resume();
      const { error } = await completed;
      const elapsedMs = performance.now() - since;
      if (error !== undefined) throw error;
      await bench.drop(session);
      return elapsedMs;
    },
    path,
    connections,
  );
}

/** A tab without a user gesture may start only one. */
async function inFreshPage({ site }: Setting, browser: Awaited<ReturnType<Setting["launch"]>>, path: string) {
  const page = await browser.open(site.origin);
  const elapsedMs = await page.run((url) => bench.backgroundFetch(url), path);
  await page.close();
  return elapsedMs;
}

/** The peak memory of all browser processes, each time in a fresh browser. */
async function memory({ site, isQuick }: Setting): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const sizeBytes of isQuick ? [32 * MIB] : [512 * MIB, 2048 * MIB]) {
    const path = site.serveBytes(sizeBytes);
    const ours = await peakMiB(site.origin, (page) => downloadTask(page, path));
    const bare = await peakMiB(site.origin, (page) => page.run((url) => bench.peer("discard", url), path));
    const cache = await peakMiB(site.origin, (page) => page.run((url) => bench.peer("cachePut", url), path));
    const parts = await peakMiB(site.origin, (page) => storeParts(page, path));
    progress(`memory of ${sizeBytes / MIB} MiB: ours ${ours.toFixed(0)}, bare ${bare.toFixed(0)} MiB`);
    figures.push(
      bounded({
        name: `N3 memory of a download of ${sizeBytes / MIB} MiB`,
        title: `peak memory of all browser processes, download of ${sizeBytes / MIB} MiB`,
        unit: "MiB",
        ours,
        peer: cache,
        peerName: "cache.put of the stream",
        limit: bare + MORE_MEMORY_MIB,
        limitName: `fetched and thrown away, plus ${MORE_MEMORY_MIB} MiB`,
        notes: [`the same kind of storage, bare: ${parts.toFixed(0)} MiB`],
      }),
    );
  }
  return figures;
}

/** The bare way with the library's kind of storage. */
function storeParts(page: BenchPage, path: string): Promise<number> {
  return page.run(
    (url, bytes, writes) => bench.peer("storeParts", url, bytes, writes),
    path,
    PART_BYTES,
    WRITES,
  );
}

async function peakMiB(origin: string, run: (page: BenchPage) => Promise<unknown>): Promise<number> {
  const browser = await BenchChromium.launch();
  try {
    const page = await browser.open(origin);
    return (await browser.peakBytes(() => run(page))) / MIB;
  } finally {
    await browser.close();
  }
}
