import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import type { TestServer } from "../../server/server.ts";
import { expect, test } from "./fixtures.ts";
import type {} from "./panel-scenes.ts";
import type { TestBrowser, TestPage } from "./test-browser.ts";

declare global {
  // What the page's policy has forbidden.
  var violations: string[];
}

const IMPORTS = JSON.stringify({ imports: { "background-session": "/app/index.js", idb: "/idb.js" } });

const SCRIPT = `
  import { BackgroundSession } from "background-session";
  globalThis.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
  if (document.querySelector("background-transfers")) await import("/elements/index.js");
  globalThis.panelSession = await BackgroundSession.open("panel", { serviceWorker: "/sw.js" });
`;

/** @param body of the page; the elements are loaded if it has a panel in it */
export async function openPanelPage(
  browser: TestBrowser,
  site: TestServer,
  body = '<background-transfers session="panel" endpoint="/echo" accepts=".txt,image/*"></background-transfers>',
  language = 'lang="en"',
): Promise<TestPage> {
  const hash = createHash("sha256").update(IMPORTS).digest("base64");
  const policy = `default-src 'none'; script-src 'self' 'sha256-${hash}'; style-src 'self'; worker-src 'self'; connect-src 'self'`;
  site.serve("/panel.js", { body: SCRIPT });
  site.serve("/panel.css", { body: ":root { color-scheme: light dark; }" });
  site.serve("/panel.html", {
    body: `<!doctype html><html ${language}><meta charset="utf-8"><title>Panel</title>
<script type="importmap">${IMPORTS}</script><link rel="stylesheet" href="/panel.css">
<script type="module" src="/panel.js"></script><main><h1>Library</h1>${body}</main></html>`,
    headers: { "content-security-policy": policy },
  });
  const page = await browser.newPage();
  await page.goto(`${site.origin}/panel.html`);
  await page.waitForFunction(() => "panelSession" in globalThis);
  return page;
}

/** The same page with locators. In WebKit it has only some of Playwright's methods. */
export async function openPanel(...args: Parameters<typeof openPanelPage>): Promise<Page> {
  return (await openPanelPage(...args)) as Page;
}

/** The names of the rows, from the top. */
export function namesOf(page: TestPage): Promise<(string | null)[]> {
  return page.evaluate(() => {
    const root = document.querySelector("background-transfers")?.shadowRoot;
    return [...(root?.querySelectorAll(".row .name") ?? [])].map(({ textContent }) => textContent);
  });
}

/** Starts a download that the panel shows under `description`. */
export async function download(page: TestPage, url: string, description: string): Promise<void> {
  await page.evaluate(
    ([address, name]) =>
      panelSession.downloadTask(address, { description: name, retry: { limit: 0 } }).resume(),
    [url, description] as const,
  );
}

/** Checks the page, or an element of it, with axe, as it is now. */
export async function expectAccessible(page: TestPage, root = "html"): Promise<void> {
  // Evaluated by the debugger, since the page's policy allows no script of ours.
  const axe = await readFile(fileURLToPath(import.meta.resolve("axe-core")), "utf8");
  await page.evaluate(`(() => {${axe}})()`);
  const findings = await page.evaluate(async (root) => {
    const { violations: found } = await (
      globalThis as unknown as {
        axe: { run(root: string): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      }
    ).axe.run(root);
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  }, root);
  expect(findings).toEqual([]);
}

export { expect, test };
