import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { TestServer } from "../../server/server.ts";
import type { BackgroundSession } from "../../src/app/index.ts";
import { builtFile } from "../support/built-file.ts";
import { expect, test } from "../support/fixtures.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";
import { KINDS_OF_WORKER, test as withoutServiceWorkers } from "../support/without-service-workers.ts";

type Entry = typeof import("../../src/app/index.ts");

/** The globals that the script of the page makes. */
interface StrictPage {
  BackgroundSession: Entry["BackgroundSession"];
  /** What the page's only policy makes of an address. */
  trusted(address: string): string;
  violations: string[];
}

const IMPORTS = JSON.stringify({ imports: { "background-session": "/app/index.js", idb: "/idb.js" } });

const BEGINNING = `
  import { BackgroundSession } from "background-session";
  const violations = [];
  document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
`;

const SCRIPT = `${BEGINNING}
  const policy = trustedTypes.createPolicy("app", { createScriptURL: (address) => address });
  Object.assign(globalThis, { BackgroundSession, violations, trusted: (address) => policy.createScriptURL(address) });
  await import("/elements/index.js");
  await import("/inspector/index.js");
  document.body.append(document.createElement("background-inspector"));
  globalThis.isReady = true;
`;

const BODY = '<background-transfers session="test" endpoint="/echo"></background-transfers>';

/** Opens a page whose policy is as strict as can be, with a panel and an inspector on it unless it has another script. */
async function openTrustedPage(
  browser: TestBrowser,
  site: TestServer,
  script: string = SCRIPT,
): Promise<TestPage> {
  const hash = createHash("sha256").update(IMPORTS).digest("base64");
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "require-trusted-types-for 'script'",
    "trusted-types app",
  ].join("; ");
  site.serve("/trusted.js", { body: script });
  site.serve("/trusted.html", {
    body: `<!doctype html><meta charset="utf-8"><title>Trusted Types</title>
<script type="importmap">${IMPORTS}</script><script type="module" src="/trusted.js"></script>${BODY}`,
    headers: { "content-security-policy": policy },
  });
  const page = await browser.newPage();
  await page.goto(`${site.origin}/trusted.html`);
  await page.waitForFunction(() => "isReady" in globalThis);
  return page;
}

/** Opens the session, downloads in it, and returns how that ended and what stood in the elements meanwhile. */
function downloadIn(page: TestPage, script: "/sw.js" | { url: "/sw.js"; type: "classic" }) {
  return page.evaluate(async (script) => {
    const { BackgroundSession, trusted } = globalThis as unknown as StrictPage;
    const serviceWorker =
      typeof script === "string" ? trusted(script) : { ...script, url: trusted(script.url) };
    const session = await BackgroundSession.open("test", { serviceWorker });
    const task = session.downloadTask("/files/1MB.bin", { description: "Episode 42" });
    await task.resume();
    const { response } = await task.completed;
    const panel = document.querySelector("background-transfers")?.shadowRoot;
    while (!panel?.textContent?.includes("Episode 42"))
      await new Promise((resolve) => setTimeout(resolve, 50));
    return { daemon: session.daemon, status: response?.status };
  }, script);
}

function inspectorText(page: TestPage): Promise<string> {
  return page.evaluate(() => document.querySelector("background-inspector")?.shadowRoot?.textContent ?? "");
}

function violationsIn(page: TestPage): Promise<string[]> {
  return page.evaluate(() => (globalThis as unknown as StrictPage).violations);
}

for (const script of ["/sw.js", { url: "/sw.js", type: "classic" }] as const) {
  const form = typeof script === "string" ? "alone" : "in { url, type }";
  test(`under require-trusted-types-for, open() takes a TrustedScriptURL ${form}, and panel and inspector work`, {
    tag: typeof script === "string" ? "@core" : [],
  }, async ({ browserApp, site }) => {
    const page = await openTrustedPage(browserApp, site);
    expect(await downloadIn(page, script)).toEqual({ daemon: "service-worker", status: 200 });
    await expect.poll(() => inspectorText(page)).toContain("Episode 42");
    expect(await violationsIn(page)).toEqual([]);
  });
}

test("the lines of SECURITY.md open a session on such a page", async ({ browserApp, site }) => {
  const policy = await readFile(new URL("../../SECURITY.md", import.meta.url), "utf8");
  const [, lines] = /```ts\n(const policy.*?)```/s.exec(policy) ?? [];
  const end = "Object.assign(globalThis, { session, violations, isReady: true });";
  const page = await openTrustedPage(browserApp, site, `${BEGINNING}${lines}${end}`);
  const status = await page.evaluate(async () => {
    const { session } = globalThis as unknown as { session: BackgroundSession };
    const task = session.downloadTask("/files/1MB.bin");
    await task.resume();
    return (await task.completed).response?.status;
  });
  expect(status).toBe(200);
  expect(await violationsIn(page)).toEqual([]);
});

for (const [name, lacks] of KINDS_OF_WORKER) {
  withoutServiceWorkers.describe(`without service workers, in ${name},`, () => {
    withoutServiceWorkers.use({ lacks });

    withoutServiceWorkers(
      "a page starts the worker with the TrustedScriptURL",
      async ({ browserApp, site }) => {
        const page = await openTrustedPage(browserApp, site);
        expect(await downloadIn(page, "/sw.js")).toEqual({ daemon: "page", status: 200 });
        expect(await violationsIn(page)).toEqual([]);
      },
    );
  });
}

test("a script that is registered already is registered again with the same object", async ({
  browserApp,
  site,
}) => {
  const page = await openTrustedPage(browserApp, site);
  await downloadIn(page, "/sw.js");
  await page.reload();
  await page.waitForFunction(() => "isReady" in globalThis);
  await page.evaluate(() => {
    const container = navigator.serviceWorker;
    const register = container.register;
    const given: string[] = [];
    container.register = (address, options) => {
      given.push(Object.prototype.toString.call(address));
      return register.call(container, address, options);
    };
    Object.assign(globalThis, { given });
  });
  await downloadIn(page, "/sw.js");
  const given = () => page.evaluate(() => (globalThis as unknown as { given: string[] }).given);
  await expect.poll(given).toEqual(["[object TrustedScriptURL]"]);
  expect(await violationsIn(page)).toEqual([]);
});

test("a string is refused by such a page, and open() says what to pass", async ({ browserApp, site }) => {
  const page = await openTrustedPage(browserApp, site);
  const { code, message } = await page.evaluate(() => {
    const { BackgroundSession } = globalThis as unknown as StrictPage;
    return BackgroundSession.open("test", { serviceWorker: "/sw.js" }).then(
      () => ({ code: "none", message: "" }),
      ({ code, message }) => ({ code, message }),
    );
  });
  expect(code).toBe("daemon-missing");
  expect(message).toContain("pass a TrustedScriptURL");
});

test("a worker whose own header requires Trusted Types downloads", async ({ page, site }) => {
  site.serve("/guarded.js", {
    body: await builtFile("sw.js"),
    headers: {
      "content-security-policy":
        "default-src 'none'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
    },
  });
  await page.evaluate(() => app.open("test", { serviceWorker: "/guarded.js" }));
  await startDownload(page, "file", "/files/1MB.bin");
  await expectFile(page, "file", await site.sha256("/files/1MB.bin"));
});
