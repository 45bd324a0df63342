// `npm run picture`: makes the moving picture of the README from the demo, in Chromium. Downloads are started, their tab is
// closed, and the page that is opened later says what has come.
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium, expect, type Page } from "@playwright/test";
import sharp from "sharp";
import { createBuilder } from "vite";
import { startServer } from "../server/server.ts";
import { chromiumPath } from "../tests/support/chromium.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PICTURE = `${ROOT}docs/demo.webp`;
const SIZE = { width: 800, height: 560 };
const START = "Start three files";
const toTop = (element: Element) => element.scrollIntoView();

const frames: { image: Buffer; ms: number }[] = [];

const builder = await createBuilder({ configFile: `${ROOT}demo/vite.config.ts`, logLevel: "warn" });
await builder.buildApp();
const server = await startServer({ staticDirs: [`${ROOT}dist-demo`] });
const path = chromiumPath();
const browser = await chromium.launch({ ...(path !== undefined && { executablePath: path }) });
const context = await browser.newContext({ viewport: SIZE, colorScheme: "light" });

const page = await openDemo();
await take(page, 2000);
await page.getByRole("button", { name: START }).click();
await page.getByRole("heading", { name: "Close the tab. It goes on." }).evaluate(toTop);
await page.getByText("Downloading").first().waitFor();
for (let count = 0; count < 6; count++) {
  await take(page, 400);
  await page.waitForTimeout(400);
}
const gone = await context.newPage();
await page.close();
await gone.setContent(
  `<body style="display:grid;place-items:center;height:90vh;font:24px system-ui;color:#555">The tab is closed. The worker goes on.</body>`,
);
await take(gone, 2000);
// Three files at 400 kB/s.
await gone.waitForTimeout(30_000);
await gone.close();
const next = await openDemo();
await next.getByText("while no page was open").waitFor();
await take(next, 4000);

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
  await expect(tab.getByRole("button", { name: START })).toBeEnabled();
  return tab;
}

/** Adds a frame that stands for this time. */
async function take(tab: Page, ms: number): Promise<void> {
  frames.push({ image: await tab.screenshot(), ms });
}
