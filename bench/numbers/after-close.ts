import { setTimeout as pause } from "node:timers/promises";
import { compared, type Figure } from "../figure.ts";
import { progress } from "../progress.ts";
import type { Setting } from "../setting.ts";

const FILE = "/files/900MB.bin";
/** Well into a sync event, if there are such, as with a real user. */
const OPEN_MS = 30_000;
/** How long the server waits for more: in Chromium the third attempt comes after half an hour. */
const WATCHED_MINUTES = 31;
/** Without sync events nothing comes after the first silence. */
const SILENT_MINUTES = 2;

/** A time span, in seconds after the close, in which the transfer ran. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** How long a worker goes on after the last page was closed: an endless download, watched from the server. */
export async function afterClose({ site, isQuick, launch }: Setting): Promise<Figure[]> {
  const browser = await launch();
  try {
    const page = await browser.open(site.origin);
    await page.run(async (url) => {
      const session = await bench.open({ configuration: { transport: "worker" } });
      await session.downloadTask(url).resume();
    }, `${FILE}?throttle=50KB`);
    while (site.bytesSent(FILE) === 0) await pause(100);
    await pause(isQuick ? 1_000 : OPEN_MS);
    await page.close();
    const minutes = isQuick ? 1 : browser.hasSyncEvents ? WATCHED_MINUTES : SILENT_MINUTES;
    const spans = await spansOf(() => site.bytesSent(FILE), minutes * 60);
    const [first] = spans;
    return [
      compared({
        name: "after the last page",
        title: `how long a download at 50 kB/s goes on in the worker after the last page was closed`,
        ...{ unit: "s", ours: [first === undefined ? 0 : first.to - first.from], goals: {} },
        notes: [
          `watched for ${minutes} minutes: ${spans.map(({ from, to }) => `${from} to ${to} s`).join(", ")}`,
        ],
      }),
    ];
  } finally {
    await browser.close();
  }
}

async function spansOf(bytesSent: () => number, seconds: number): Promise<Span[]> {
  const since = Date.now();
  const spans: Span[] = [];
  let sent = bytesSent();
  for (let now = 0; now < seconds; ) {
    await pause(1_000);
    now = Math.round((Date.now() - since) / 1000);
    if (bytesSent() > sent) note(spans, now);
    sent = bytesSent();
    if (now % 30 === 0) progress(`after the last page: ${now} s, ${spans.length} spans`);
  }
  return spans;
}

/** Extends the last span, or begins one after some seconds of silence. */
function note(spans: Span[], now: number): void {
  const last = spans.at(-1);
  if (last !== undefined && now - last.to <= 5) spans[spans.length - 1] = { ...last, to: now };
  else spans.push({ from: now - 1, to: now });
}
