// `npm run picture`: makes the moving picture of the README from the demo, in Chromium. A download is started,
// its tab is closed, and the page that is opened later shows the file.
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "@playwright/test";
import sharp from "sharp";
import { createBuilder } from "vite";
import { startServer } from "../server/server.ts";
import { chromiumPath } from "../tests/support/chromium.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PICTURE = `${ROOT}docs/demo.webp`;
const SIZE = { width: 800, height: 500 };

const frames: { image: Buffer; ms: number }[] = [];

const builder = await createBuilder({ configFile: `${ROOT}demo/vite.config.ts`, logLevel: "warn" });
await builder.buildApp();
const server = await startServer({ staticDirs: [`${ROOT}dist-demo`] });
const path = chromiumPath();
const browser = await chromium.launch({ ...(path !== undefined && { executablePath: path }) });
const context = await browser.newContext({ viewport: SIZE, colorScheme: "light" });

const page = await openDemo();
await take(page, 1000);
await page.getByRole("button", { name: "Download Slow", exact: true }).click();
const row = page.getByText("Downloading", { exact: true });
await row.waitFor();
await row.scrollIntoViewIfNeeded();
for (let count = 0; count < 8; count++) {
  await take(page, 300);
  await page.waitForTimeout(300);
}
const gone = await context.newPage();
await page.close();
await gone.setContent(
  `<body style="display:grid;place-items:center;height:90vh;font:24px system-ui;color:#555">The tab is closed. The worker goes on.</body>`,
);
await take(gone, 2000);
await gone.close();
while (server.bytesSent("/files/10MB.bin") < 10_000_000)
  await new Promise((resolve) => setTimeout(resolve, 200));
const next = await openDemo();
const finished = next.getByText("Finished", { exact: true });
await finished.waitFor();
await finished.scrollIntoViewIfNeeded();
await take(next, 2500);
await next
  .getByRole("heading", { name: "While you were away" })
  .evaluate((heading) => heading.scrollIntoView());
await take(next, 3500);

await browser.close();
await server.close();
await rm(PICTURE, { force: true });
await sharp(
  frames.map(({ image }) => image),
  { join: { animated: true } },
)
  .webp({ lossless: true, effort: 6, delay: frames.map(({ ms }) => ms), loop: 0 })
  .toFile(PICTURE);
process.exit();

async function openDemo(): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(server.origin);
  await tab.getByRole("button", { name: "Download Slow", exact: true }).waitFor();
  return tab;
}

/** Adds a frame that stands for this time. */
async function take(tab: Page, ms: number): Promise<void> {
  frames.push({ image: await tab.screenshot(), ms });
}
