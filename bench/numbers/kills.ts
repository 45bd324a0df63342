import { setTimeout as pause } from "node:timers/promises";
import { ChromiumBrowser } from "../../tests/support/chromium.ts";
import { rangesAsked } from "../../tests/support/ranges-asked.ts";
import { bytesSentAgain } from "../../tests/support/sent-again.ts";
import { bounded, type Figure } from "../figure.ts";
import { progress } from "../progress.ts";
import type { Setting } from "../setting.ts";

const SEED = 7;
const MOST_SENT_AGAIN_PERCENT = 4;

/** N6: how many bytes of a download come twice when the worker and the browser are killed in the middle. */
export async function kills({ site, isQuick }: Setting): Promise<Figure[]> {
  const sizeBytes = isQuick ? 100 * 2 ** 20 : 2 ** 30;
  const path = `/files/${isQuick ? "100MiB" : "1GiB"}.bin`;
  // The server computes it before the clock starts.
  await site.sha256(path);
  const wholeMs = (sizeBytes / (25 * 2 ** 20)) * 1_000;
  const count = isQuick ? 2 : 10;
  const random = randomFrom(SEED);
  const browser = await ChromiumBrowser.launch();
  let readTwice = 0;
  try {
    let page = await openPage(browser, site.origin);
    await page.evaluate(async (url) => {
      await globalThis.session.downloadTask(url, { id: "file" }).resume();
    }, `${path}?throttle=25MiB`);
    while (site.bytesSent(path) === 0) await pause(20);
    for (let kill = 0; kill < count; kill += 1) {
      // All kills come while the download runs, each in its own time slice.
      await pause((wholeMs / (count + 1)) * (0.5 + random()));
      const requests = site.requests(path).length;
      const read = await page.evaluate(() => globalThis.session.task("file")?.countOfBytesReceived ?? 0);
      if (kill % 2 === 0) await browser.stopWorkers(page);
      else {
        await browser.killAndRestart();
        page = await openPage(browser, site.origin);
      }
      while (site.requests(path).length === requests) await pause(20);
      const next = rangesAsked(site, path).at(-1) ?? 0;
      readTwice += Math.max(0, read - next);
      progress(`kill ${kill + 1}/${count}: ${read} bytes read, resumes at ${next}`);
    }
    await page.evaluate(() => globalThis.session.task("file")?.completed.then(() => undefined));
    const sentTwice = bytesSentAgain(site, path).reduce((sum, bytes) => sum + bytes, 0);
    const percent = (bytes: number) => (bytes / sizeBytes) * 100;
    return [
      bounded({
        name: "N6 kills",
        title: `${sizeBytes / 2 ** 20} MiB at 25 MiB/s, ${count} kills: bytes that the client read twice`,
        unit: "%",
        ours: percent(readTwice),
        limit: MOST_SENT_AGAIN_PERCENT,
        notes: [`the server sent ${percent(sentTwice).toFixed(2)} % twice, bytes in flight included`],
      }),
    ];
  } finally {
    await browser.close();
  }
}

async function openPage(browser: ChromiumBrowser, origin: string) {
  const page = await browser.context.newPage();
  await page.goto(origin);
  await page.waitForFunction(() => "bench" in globalThis);
  await page.evaluate(async () => {
    globalThis.session = await bench.open({}, "kills");
  });
  return page;
}

declare global {
  var session: Awaited<ReturnType<typeof bench.open>>;
}

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
