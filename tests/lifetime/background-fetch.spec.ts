import type { TestServer } from "../../server/server.ts";
import { isOfTheBrowser } from "../support/background-fetches.ts";
import { expect, test } from "../support/fixtures.ts";
import { otherSite } from "../support/leave.ts";
import { RawChromium } from "../support/raw-chromium.ts";

// A browser that Playwright drives lets a page start any number of background fetches; this one does not.

/** A page that downloads on command, and reports to the server. */
const pageWith = (configuration: object): string => `<!doctype html><title>Background Fetch</title>
<script type="importmap">{ "imports": { "background-session": "/background-session.js", "idb": "/idb.js" } }</script>
<script type="module">
  import { BackgroundSession } from "background-session";
  const say = (text) => fetch("/reported?" + text, { method: "POST" });
  const session = await BackgroundSession.open("raw", {
    serviceWorker: "/sw.js",
    configuration: ${JSON.stringify(configuration)},
    delegate: {
      didFinishDownloading: (task, file) => say(task.id + "-" + file.size),
      didComplete: (task, error) => say(task.id + "-" + (error?.code ?? "ok")),
      didChangeTask: (task) => { globalThis.activity = task.activity; },
    },
  });
  addEventListener("pagehide", ({ persisted }) => navigator.sendBeacon("/reported?kept-" + persisted));
  globalThis.download = (id, url) => session.downloadTask(url, { id }).resume();
  say("open");
</script>`;

interface Raw {
  readonly browser: RawChromium;
  readonly page: string;
  readonly reports: readonly string[];
}

async function openRaw(site: TestServer, configuration: object, denied = false): Promise<Raw> {
  const reports: string[] = [];
  site.serve("/raw.html", { body: pageWith(configuration), type: "text/html" });
  site.route("/reported", (request, response) => {
    reports.push(request.url?.split("?")[1] ?? "");
    response.end();
  });
  const browser = await RawChromium.launch();
  // Permissions that are not listed are denied.
  if (denied) await browser.allow(site.origin, ["backgroundSync"]);
  const page = await browser.open(`${site.origin}/raw.html`);
  await expect.poll(() => reports, { timeout: 30_000 }).toContain("open");
  return { browser, page, reports };
}

const INSISTING = { transport: "background-fetch" };

test("if the browser wants a user gesture first, a task waits for it and then starts", async ({ site }) => {
  test.slow();
  const { browser, page, reports } = await openRaw(site, INSISTING);
  try {
    await browser.evaluate(page, 'download("first", "/files/1MB.bin")');
    await expect.poll(() => reports, { timeout: 60_000 }).toContain("first-ok");
    await browser.evaluate(page, 'download("second", "/files/2MB.bin")');
    await expect.poll(() => browser.evaluate(page, "activity"), { timeout: 30_000 }).toBe("waiting-for-page");
    // It does not start by itself.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(site.requests("/files/2MB.bin")).toEqual([]);
    await browser.click(page);
    await expect.poll(() => reports, { timeout: 60_000 }).toContain("second-ok");
    expect(reports).toContain("second-2000000");
    expect(site.requests("/files/2MB.bin")).toHaveLength(1);
  } finally {
    await browser.close();
  }
});

test("insisting on Background Fetch fails and says so if the user has forbidden it", async ({ site }) => {
  const { browser, page, reports } = await openRaw(site, INSISTING, true);
  try {
    await browser.evaluate(page, 'download("one", "/files/1MB.bin")');
    await expect.poll(() => reports, { timeout: 30_000 }).toContain("one-transport-unavailable");
    expect(site.requests("/files/1MB.bin")).toEqual([]);
  } finally {
    await browser.close();
  }
});

test("the rest of a download is handed over after the last page was hidden for a minute", async ({
  site,
}) => {
  test.setTimeout(240_000);
  const file = "/files/60MB.bin?throttle=400KB";
  const { browser, page } = await openRaw(site, {});
  try {
    await browser.evaluate(page, `download("one", ${JSON.stringify(file)})`);
    await expect.poll(() => site.bytesSent(file), { timeout: 30_000 }).toBeGreaterThan(400_000);
    await browser.open("about:blank");
    await expect.poll(() => site.requests(file).length, { timeout: 120_000 }).toBe(2);
    const [first, rest] = site.requests(file);
    expect([first, rest].map((request) => request && isOfTheBrowser(request))).toEqual([false, true]);
    expect(rest?.headers["if-range"]).toBeDefined();
  } finally {
    await browser.close();
  }
});

test("a page that goes to another site and into the back/forward cache hands over its downloads: no byte comes twice", async ({
  site,
}) => {
  test.setTimeout(240_000);
  const size = 64 * 1024 * 1024;
  const file = "/files/64MiB.bin?throttle=6MiB";
  const { browser, page, reports } = await openRaw(site, {});
  try {
    await browser.evaluate(page, `download("one", ${JSON.stringify(file)})`);
    await expect.poll(() => site.bytesSent(file), { timeout: 30_000 }).toBeGreaterThan(size * 0.3);
    await browser.evaluate(page, `location.href = ${JSON.stringify(otherSite(site))}`);
    await expect.poll(() => reports).toContain("kept-true");
    await expect
      .poll(() => site.requests(file).map(isOfTheBrowser), { timeout: 90_000 })
      .toEqual([false, true]);
    await expect.poll(() => site.bytesSent(file), { timeout: 60_000 }).toBeGreaterThanOrEqual(size);
    await browser.open(`${site.origin}/raw.html`);
    await expect.poll(() => reports, { timeout: 60_000 }).toContain("one-ok");
    expect(reports).toContain(`one-${size}`);
    expect(site.bytesSent(file) - size).toBeLessThan(size / 50);
  } finally {
    await browser.close();
  }
});
