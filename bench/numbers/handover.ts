import { setTimeout as pause } from "node:timers/promises";
import { BenchChromium } from "../browser.ts";
import { median } from "../contest.ts";
import { bounded, type Figure } from "../figure.ts";
import { progress } from "../progress.ts";
import { MIB } from "../server.ts";
import type { Setting } from "../setting.ts";

/** The bytes in sockets when the worker stops; the client never reads them. */
const MOST_TWICE_PERCENT = 5;
const SESSION = "handover";

interface Round {
  readonly sentTwicePercent: number;
  readonly atClosePercent: number;
  /** From when the page was closed until the browser asked for the rest; none if the worker was faster. */
  readonly startedMs: number | undefined;
  readonly ranges: readonly string[];
}

/** W4: the cost of handing a download over to Background Fetch when its page closes in the middle. */
export async function handover({ site, isQuick, repetitions }: Setting): Promise<Figure[]> {
  const sizeMiB = isQuick ? 128 : 256;
  const path = `/files/${sizeMiB}MiB.bin`;
  await site.sha256(path);
  const rounds: Round[] = [];
  while (rounds.length < repetitions) {
    const round = await closeHalfway(site, path, sizeMiB * MIB);
    rounds.push(round);
    progress(`handover ${rounds.length}/${repetitions}: ${round.ranges.join(", ")}`);
  }
  const started = rounds.flatMap(({ startedMs }) => startedMs ?? []);
  return [
    bounded({
      name: "W4 hand over",
      title: `${sizeMiB} MiB at 25 MiB/s, the last page closed in the middle: what the server sent twice`,
      unit: "%",
      ours: median(rounds.map(({ sentTwicePercent }) => sentTwicePercent)),
      peer: median(rounds.map(({ atClosePercent }) => atClosePercent)),
      peerName: "Background Fetch alone, which starts over from 0",
      limit: MOST_TWICE_PERCENT,
      pairs: rounds.length,
      notes: [
        `${rounds.filter(({ ranges }) => ranges.length > 2).length} of ${rounds.length} needed more than the two requests`,
        `in ${started.length} the browser requested the rest, ${median(started).toFixed(0)} ms after the page was closed`,
      ],
    }),
  ];
}

async function closeHalfway(site: Setting["site"], path: string, sizeBytes: number): Promise<Round> {
  const browser = await BenchChromium.launch();
  try {
    site.reset();
    const page = await browser.open(site.origin);
    await page.run(
      async (name, url) => {
        await (await bench.open({}, name)).downloadTask(url, { id: "file" }).resume();
      },
      SESSION,
      `${path}?throttle=25MiB`,
    );
    while (site.bytesSent(path) < sizeBytes / 4) await pause(10);
    const closedAt = Date.now();
    const sent = site.bytesSent(path);
    await page.close();
    const isOver = () => site.requests(path).every(({ finished, aborted }) => finished || aborted);
    // The worker goes on until the browser begins, and may be done before.
    while (site.requests(path).length < 2 && !site.requests(path)[0]?.finished) await pause(5);
    const startedMs = site.requests(path).length > 1 ? Date.now() - closedAt : undefined;
    while (!isOver()) await pause(50);
    await (await browser.open(site.origin)).run(async (name) => {
      await (await bench.open({}, name)).task("file")?.completed;
    }, SESSION);
    return {
      sentTwicePercent: (site.bytesSent(path) / sizeBytes - 1) * 100,
      atClosePercent: (sent / sizeBytes) * 100,
      startedMs,
      ranges: site.requests(path).map(({ headers }) => headers.range ?? "bytes=0-"),
    };
  } finally {
    await browser.close();
  }
}
