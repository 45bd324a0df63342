import { setTimeout as pause } from "node:timers/promises";
import { ChromiumBrowser } from "../../tests/support/chromium.ts";
import { median } from "../contest.ts";
import { bounded, type Figure } from "../figure.ts";
import { progress } from "../progress.ts";
import type { Setting } from "../setting.ts";

const FILE = "/files/200MB.bin";
const ONLINE_LIMIT_MS = 1_000;
/** A page is visible, so no wait between two attempts is longer. */
const LONGEST_RETRY_MS = 60_000;
const OUTAGE_MS = 5_000;

/** N8: from the return of the network until a new byte of a download is sent, with a page open. */
export async function reconnect({ site, isQuick, repetitions }: Setting): Promise<Figure[]> {
  const browser = await ChromiumBrowser.launch();
  try {
    const page = await browser.context.newPage();
    await page.goto(site.origin);
    await page.waitForFunction(() => "bench" in globalThis);
    const path = `${FILE}?throttle=500KB`;
    await page.evaluate(async (url) => {
      const session = await bench.open();
      await session.downloadTask(url).resume();
    }, path);
    await untilMoreThan(() => site.bytesSent(FILE), 0);

    const times = isQuick ? 1 : repetitions;
    const online = await repeat("after an online event", times, async () => {
      await page.context().setOffline(true);
      // Going offline alone does not stop requests in flight.
      site.dropConnections("/files");
      await pause(2_000);
      return newByteAfter(site, () => page.context().setOffline(false));
    });
    const silent = await repeat("without an online event", times, async () => {
      await site.goDown();
      await pause(isQuick ? 1_000 : OUTAGE_MS);
      return newByteAfter(site, () => site.comeBack());
    });
    const range = (values: readonly number[]) => [
      `${Math.round(Math.min(...values))}–${Math.round(Math.max(...values))} ms in ${values.length} outages`,
    ];
    return [
      bounded({
        name: "N8 reconnect, told by the browser",
        title: "network back with an online event, until the first new byte",
        unit: "ms",
        ours: median(online),
        limit: ONLINE_LIMIT_MS,
        notes: range(online),
      }),
      bounded({
        name: "N8 reconnect, not told",
        title: `server back after ${OUTAGE_MS / 1000} s, no event, until the first new byte`,
        unit: "ms",
        ours: median(silent),
        limit: LONGEST_RETRY_MS,
        limitName: "the longest wait for a retry",
        notes: range(silent),
      }),
    ];
  } finally {
    await browser.close();
  }
}

async function repeat(title: string, times: number, measure: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  while (values.length < times) {
    values.push(await measure());
    progress(`reconnect ${title} ${values.length}/${times}: ${values.at(-1)?.toFixed(0)}`);
  }
  return values;
}

async function newByteAfter(site: Setting["site"], comeBack: () => Promise<void>): Promise<number> {
  const earlier = site.bytesSent(FILE);
  await pause(300);
  const before = site.bytesSent(FILE);
  if (before > earlier) throw new Error("The download goes on although there is no network.");
  const since = Date.now();
  await comeBack();
  await untilMoreThan(() => site.bytesSent(FILE), before);
  const elapsedMs = Date.now() - since;
  // Progress resets the next wait to the first one.
  await pause(3_000);
  return elapsedMs;
}

async function untilMoreThan(count: () => number, bytes: number): Promise<void> {
  while (count() <= bytes) await pause(5);
}
