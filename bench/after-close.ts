// Measures how long transfers go on after the last page was closed: an endless download, in a Chromium without a
// debugger on its worker, watched from the server. `npx tsx bench/after-close.ts [--minutes 30] [--json]`
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startServer } from "../server/server.ts";
import buildSite, { SITE_DIR } from "../tests/support/build-site.ts";
import { RawChromium } from "../tests/support/raw-chromium.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "30" }, json: { type: "boolean", default: false } },
});

const FILE = "/files/900MB.bin";
const PAGE = `<!doctype html><title>After close</title>
<script type="importmap">{ "imports": { "background-session": "/background-session.js", "idb": "/idb.js" } }</script>
<script type="module">
  import { BackgroundSession } from "background-session";
  const session = await BackgroundSession.open("after-close", {
    serviceWorker: "/sw.js",
    configuration: { transport: "worker" },
  });
  session.downloadTask("${FILE}?throttle=50KB").resume();
</script>`;

/** A time span, in seconds after the close, in which the transfer ran. */
interface Span {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

await buildSite();
const site = await startServer({ staticDirs: [SITE_DIR] });
site.serve("/after-close.html", { body: PAGE, type: "text/html" });
const browser = await RawChromium.launch();
try {
  const page = await browser.open(`${site.origin}/after-close.html`);
  while (site.bytesSent(FILE) === 0) await pause(100);
  // Well into a sync event, as with a real user.
  await pause(30_000);
  await browser.closePage(page);
  const closedAt = Date.now();
  const spans: Span[] = [];
  let sent = site.bytesSent(FILE);
  while (Date.now() - closedAt < Number(values.minutes) * 60_000) {
    await pause(1_000);
    const seconds = Math.round((Date.now() - closedAt) / 1000);
    const isRunning = site.bytesSent(FILE) > sent;
    sent = site.bytesSent(FILE);
    if (isRunning) note(spans, seconds);
  }
  if (values.json) for (const span of spans) console.log(JSON.stringify({ name: "after-close", ...span }));
  else
    for (const { fromSeconds, toSeconds } of spans)
      console.log(`ran from ${fromSeconds} s to ${toSeconds} s`);
} finally {
  await browser.close();
  await site.close();
}

/** Extends the last span, or begins one after some seconds of silence. */
function note(spans: Span[], seconds: number): void {
  const last = spans.at(-1);
  if (last !== undefined && seconds - last.toSeconds <= 5) {
    spans[spans.length - 1] = { ...last, toSeconds: seconds };
  } else spans.push({ fromSeconds: seconds, toSeconds: seconds });
}
