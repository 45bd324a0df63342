import { expect, test } from "../support/fixtures.ts";
import { RawChromium } from "../support/raw-chromium.ts";

/** A page that downloads `file` and reports the end to the server. */
const pageFor = (file: string): string => `<!doctype html><title>Keep alive</title>
<script type="importmap">{ "imports": { "background-session": "/background-session.js", "idb": "/idb.js" } }</script>
<script type="module">
  import { BackgroundSession } from "background-session";
  const say = (text) => fetch("/reported?" + text, { method: "POST" });
  const session = await BackgroundSession.open("raw", {
    serviceWorker: "/sw.js",
    configuration: { transport: "worker" },
    delegate: {
      didFinishDownloading: (task, file) => say("file-" + file.size),
      didComplete: (task, error) => say("complete-" + (error?.code ?? "ok")),
    },
  });
  document.addEventListener("visibilitychange", () => say(document.visibilityState));
  if (session.tasks().length === 0) session.downloadTask(${JSON.stringify(file)}).resume();
</script>`;

/**
 * An idle worker is stopped after 30 s, and one with a sync event open after 3 min. CI exceeds the first limit;
 * `LIFETIME_SECONDS=480` exceeds every limit that Chromium has.
 */
const SECONDS = Number(process.env.LIFETIME_SECONDS ?? 75);
const BYTES_PER_SECOND = 20_000;
const SIZE = SECONDS * BYTES_PER_SECOND;
const FILE = `/files/${SIZE}B.bin?throttle=${BYTES_PER_SECOND}`;

for (const visibility of ["open and idle", "hidden"] as const) {
  test(`a download of ${SECONDS} s is made in one request while its page is ${visibility}`, async ({
    site,
  }) => {
    test.setTimeout((SECONDS + 100) * 1000);
    const file = `${FILE}&key=${visibility.replaceAll(" ", "-")}`;
    site.serve("/keep-alive.html", { body: pageFor(file), type: "text/html" });
    const reports: string[] = [];
    site.route("/reported", (request, response) => {
      reports.push(request.url?.split("?")[1] ?? "");
      response.end();
    });
    const browser = await RawChromium.launch();
    try {
      await browser.open(`${site.origin}/keep-alive.html`);
      await expect.poll(() => site.requests(file).length, { timeout: 30_000 }).toBe(1);
      if (visibility === "hidden") {
        await browser.open("about:blank");
        await expect.poll(() => reports).toContain("hidden");
      }
      await expect.poll(() => reports, { timeout: (SECONDS + 60) * 1000 }).toContain("complete-ok");
      expect(reports.filter((report) => report.startsWith("file-"))).toEqual([`file-${SIZE}`]);
      expect(site.requests(file).map((request) => request.headers.range)).toEqual(["bytes=0-"]);
    } finally {
      await browser.close();
    }
  });
}
