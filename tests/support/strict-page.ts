import { createHash } from "node:crypto";
import type { TestServer } from "../../server/server.ts";
import { builtFile } from "./built-file.ts";
import type { TestBrowser, TestPage } from "./test-browser.ts";

/** Opens the test app with a strict Content-Security-Policy; its worker /strict-sw.js has one as well. */
export async function openStrictPage(browser: TestBrowser, site: TestServer): Promise<TestPage> {
  const html = await builtFile("index.html");
  const importMap = /<script type="importmap">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? "";
  const hash = createHash("sha256").update(importMap).digest("base64");
  // Import maps must be inline, so the policy allows the page's by its hash.
  const policy = `default-src 'none'; script-src 'self' 'sha256-${hash}'; worker-src 'self'; connect-src 'self'`;
  site.serve("/strict.html", { body: html, headers: { "content-security-policy": policy } });
  await serveStrictWorker(site, "/strict-sw.js");
  const page = await browser.open(`${site.origin}/strict.html`);
  await page.evaluate(() => {
    const violations: string[] = [];
    document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
    Object.assign(globalThis, { violations });
  });
  return page;
}

/** Opens the test app, which has no policy, with a worker that has a strict one. */
export async function openPlainPageWithStrictWorker(
  browser: TestBrowser,
  site: TestServer,
): Promise<TestPage> {
  await serveStrictWorker(site, "/sw.js");
  return browser.open(site.origin);
}

async function serveStrictWorker(site: TestServer, path: string): Promise<void> {
  site.serve(path, {
    body: await builtFile("sw.js"),
    headers: { "content-security-policy": "default-src 'none'; connect-src 'self'" },
  });
}
