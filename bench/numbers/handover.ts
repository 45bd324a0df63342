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

/** The cost of handing a download over to Background Fetch when its page closes in the middle. */
export async function handover({ site, isQuick, repetitions }: Setting): Promise<Figure[]> {
  const sizeMiB = isQuick ? 64 : 256;
  const path = `/files/${sizeMiB}MiB.bin`;
  await site.sha256(path);
  const times = isQuick ? 1 : Math.min(3, repetitions);
  const [readTwice, sentTwice, startedMs, atClose]: number[][] = [[], [], [], []];
  for (let round = 0; round < times; round += 1) {
    const browser = await BenchChromium.launch();
    try {
      site.reset();
      const page = await browser.open(site.origin);
      const url = `${path}?throttle=25MiB`;
      await page.run(
        async (name, url) => {
          await (await bench.open({}, name)).downloadTask(url, { id: "file" }).resume();
        },
        SESSION,
        url,
      );
      while (site.bytesSent(path) < (sizeMiB * MIB) / 4) await pause(10);
      const closedAt = Date.now();
      const sent = site.bytesSent(path);
      await page.close();
      while (site.requests(path).length < 2) await pause(5);
      startedMs?.push(Date.now() - closedAt);
      while (!site.requests(path).every(({ finished, aborted }) => finished || aborted)) await pause(50);
      await (await browser.open(site.origin)).run(async (name) => {
        await (await bench.open({}, name)).task("file")?.completed;
      }, SESSION);
      const ranges = site.requests(path).map(({ headers }) => headers.range ?? "bytes=0-");
      atClose?.push((sent / (sizeMiB * MIB)) * 100);
      readTwice?.push(ranges.length > 2 ? 100 : 0);
      sentTwice?.push((site.bytesSent(path) / (sizeMiB * MIB) - 1) * 100);
      progress(`handover ${round + 1}/${times}: ${ranges.join(", ")}`);
    } finally {
      await browser.close();
    }
  }
  return [
    bounded({
      name: "W4 hand over",
      title: `${sizeMiB} MiB at 25 MiB/s, the last page closed in the middle: what the server sent twice`,
      unit: "%",
      ours: median(sentTwice ?? []),
      peer: median(atClose ?? []),
      peerName: "Background Fetch alone, which starts over from 0",
      limit: MOST_TWICE_PERCENT,
      pairs: times,
      notes: [
        `${readTwice?.filter((percent) => percent > 0).length} of ${times} needed more than the two requests`,
        `the browser requested the rest ${median(startedMs ?? []).toFixed(0)} ms after the page was closed`,
      ],
    }),
  ];
}
