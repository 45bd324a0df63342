// `npm run looks`: pictures of the panel in Chromium, in each state of its rows, to be looked at: in every width, colour
// scheme and language. It takes what `npm run build` has built, and puts the pictures into .cache/looks.
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "@playwright/test";
import { startServer } from "../server/server.ts";
import { chromiumPath } from "../tests/support/chromium.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LOOKS = `${ROOT}.cache/looks`;
const WIDTHS = [320, 800, 3840];
const SCHEMES = ["light", "dark"] as const;
const LANGUAGES = ["en", "de", "ja", "ar"];

/** Starts a task for each state that a row can have. */
const startAll = (other: string) => `
  import { BackgroundSession } from "background-session";
  import "/elements/index.js";
  const session = await BackgroundSession.open("looks", { serviceWorker: "/sw.js", delegate: {} });
  const download = (url, description, options) => session.downloadTask(url, { description, ...options });
  const hour = 3_600_000;
  const ending = [
    download("/text?body=Hello&type=text/plain", "Notes of the meeting.txt"),
    download("/files/2MB.zip", "Backup.zip"),
    session.uploadTask("/echo", new File(["x".repeat(5e4)], "b.png"), { description: "Receipt.png" }),
    session.dataTask("/echo", { description: "Order 4711" }),
    download("/status/404", "Lost.pdf", { retry: { limit: 0 } }),
    download("/files/2MB.bin?key=one", "Track 1.flac", { group: "Album" }),
  ];
  const ends = ending.map((task) => task.completed);
  for (const task of ending) await task.resume();
  await Promise.all(ends);
  download("/files/2MB.bin?key=two", "Track 2 with a name that is too long for any row, whatever the width of the window may be.flac", { group: "Album" });
  const half = download("/files/40MB.bin?throttle=2MB&key=half", "Paused half way.iso");
  await half.resume();
  while (!(half.progress.fraction > 0.1)) await new Promise((resolve) => setTimeout(resolve, 50));
  await half.suspend();
  await download("/files/2MB.bin?key=c", "Cancelled.webm").cancel();
  for (const name of ["x", "y", "z"]) download("/files/2MB.bin?key=" + name, name, { group: "Closed group" });
  const started = [
    download("/files/40MB.bin?throttle=300KB", "Lecture 12 – Thermodynamics.mp4"),
    download("${other}/files/text-40MB.txt?throttle=20KB&gzip=force&cors=expose", "Live recording.mp3"),
    download("/files/1MB.bin?latency=600000", "Not answered yet.zip"),
    download("/files/1MB.bin?status=503&retryAfter=3000", "Busy server.pdf"),
    download("${other}/files/1MB.bin?reset=1000000&cors=expose", "No answer.epub"),
    download("${other}/files/1MB.bin?status=401&cors=expose", "Members only.m4a", { waitStatuses: [401] }),
    download("/files/1MB.bin?key=date", "Tomorrow’s episode.mp3", { earliestBeginDate: new Date(Date.now() + 20 * hour) }),
    download("/files/20MB.bin?throttle=20KB&key=q", "Part 1.7z", { queue: "line" }),
    download("/files/20MB.bin?key=q2", "Part 2.7z", { queue: "line" }),
    session.uploadTask("/echo?latency=600000", new File(["x".repeat(3e6)], "a"), { description: "Holiday in Norway.jpg" }),
  ];
  for (const task of started) await task.resume();
  while (started[3].info.activity !== "backing-off" || !(started[0].progress.fraction > 0.02))
    await new Promise((resolve) => setTimeout(resolve, 50));
  globalThis.isReady = true;
`;

const IMPORTS = { imports: { "background-session": "/app/index.js", idb: "/index.js" } };

const html = (body: string, script = 'import "/elements/index.js";') => ({
  body: `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Looks</title>
<style>:root { color-scheme: light dark } body { margin: 0 } background-transfers { --transfers-max-height: 9999px }</style>
<script type="importmap">${JSON.stringify(IMPORTS)}</script><script type="module">${script}</script>${body}`,
});

await mkdir(LOOKS, { recursive: true });
const server = await startServer({ staticDirs: [`${ROOT}dist`, `${ROOT}node_modules/idb/build`] });
const path = chromiumPath();
const browser = await chromium.launch({ ...(path !== undefined && { executablePath: path }) });
const page = await browser.newPage();

const PANEL = '<background-transfers session="looks"';
server.serve("/all.html", html(`${PANEL}></background-transfers>`, startAll(server.crossOrigin)));
server.serve("/empty.html", html(`${PANEL} endpoint="/echo"></background-transfers>`));

await page.goto(`${server.origin}/empty.html`);
await takeAll("empty");
await page.goto(`${server.origin}/all.html`);
await page.waitForFunction(() => "isReady" in globalThis);
await page.getByRole("button", { name: /^Closed group/ }).click();
await takeAll("all");
await browser.close();
await server.close();
process.stdout.write(`The pictures are in ${LOOKS}.\n`);
process.exit();

async function takeAll(name: string): Promise<void> {
  for (const language of LANGUAGES) {
    await page.evaluate((language) => {
      document.documentElement.lang = language;
      document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
      document.querySelector("background-transfers")?.setAttribute("lang", language);
    }, language);
    for (const width of WIDTHS) for (const scheme of SCHEMES) await take(page, name, language, width, scheme);
  }
}

async function take(page: Page, name: string, language: string, width: number, scheme: "light" | "dark") {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize({ width, height: 640 });
  await page.screenshot({ path: `${LOOKS}/${name}-${width}-${scheme}-${language}.png`, fullPage: true });
}
