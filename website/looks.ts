// `npm run looks`: pictures of the panel in Chromium, in each state of its rows, to be looked at: in every width, colour
// scheme and language. It takes what `npm run build` has built, and puts the pictures into .cache/looks.
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type Page } from "@playwright/test";
import { startServer } from "../server/server.ts";
import { chromiumPath } from "../tests/support/chromium.ts";
import { SCENES } from "../tests/support/panel-scenes.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LOOKS = `${ROOT}.cache/looks`;
const WIDTHS = [320, 800, 3840];
const SCHEMES = ["light", "dark"] as const;
const LANGUAGES = ["en", "de", "ja", "ar"];

const IMPORTS = { imports: { "background-session": "/app/index.js", idb: "/index.js" } };

const SCRIPT = `
  import { BackgroundSession } from "background-session";
  import "/elements/index.js";
  globalThis.panelSession = await BackgroundSession.open("panel", { serviceWorker: "/sw.js" });
`;

const HTML = `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Looks</title>
<style>:root { color-scheme: light dark } body { margin: 0 } background-transfers { --transfers-max-height: 9999px }</style>
<script type="importmap">${JSON.stringify(IMPORTS)}</script><script type="module">${SCRIPT}</script>
<background-transfers session="panel" endpoint="/echo"></background-transfers>`;

/** Scenes that pass: only the first language is taken. */
const BRIEF: readonly string[] = ["checking"];

await mkdir(LOOKS, { recursive: true });
const server = await startServer({ staticDirs: [`${ROOT}dist`, `${ROOT}node_modules/idb/build`] });
server.serve("/looks.html", { body: HTML });
const path = chromiumPath();
const browser = await chromium.launch({ ...(path !== undefined && { executablePath: path }) });
const wanted = process.argv.slice(2);
for (const [name, make] of Object.entries(SCENES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const context = await browser.newContext();
  await takeScene(context, name, make);
  await context.close();
}
await browser.close();
await server.close();
process.stdout.write(`The pictures are in ${LOOKS}.\n`);
process.exit();

async function takeScene(
  context: BrowserContext,
  name: string,
  make: (typeof SCENES)[keyof typeof SCENES],
): Promise<void> {
  const page = await context.newPage();
  // tsx calls it in each function that has a name, also in those that are sent to the page.
  await page.addInitScript("globalThis.__name = (named) => named");
  await page.goto(`${server.origin}/looks.html`);
  await page.waitForFunction(() => "panelSession" in globalThis);
  await make(page, server);
  for (const language of BRIEF.includes(name) ? LANGUAGES.slice(0, 1) : LANGUAGES) {
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
