import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { BrowserContext, Page } from "@playwright/test";
import { build } from "vite";
import { startServer, type TestServer } from "../../server/server.ts";
import type { ContractServer } from "../../src/testing/index.ts";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { Guide } from "../support/guide.ts";
import { PACKAGE, withAppFolder } from "../support/installed-package.ts";
import { sampleFrom } from "../support/sample-from.ts";
import { linesWith, samplesOf } from "../support/samples-of.ts";
import { routeFetch } from "../support/servers/route-fetch.ts";

// The samples that are whole apps, with the configuration of their tools, and those that need a server of the guides.

/** Builds an app with its own configuration, and serves it. */
async function withBuiltApp(
  files: Readonly<Record<string, string>>,
  use: (server: TestServer) => Promise<void>,
  prepare: (folder: string) => Promise<unknown> = async () => {},
): Promise<void> {
  await withAppFolder(async (root) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), text);
    }
    await prepare(root);
    await build({ root, configFile: join(root, "vite.config.ts"), logLevel: "warn" });
    const server = await startServer({ staticDirs: [join(root, "dist")], keepAlive: false });
    try {
      await use(server);
    } finally {
      await server.close();
    }
  });
}

const pageWith = (script: string) =>
  `<!doctype html><html lang="en"><head><title>App</title></head>
<body><script type="module" src="${script}"></script></body></html>`;

test("the configuration for Vite builds a worker of the app's own, which the page opens", async ({
  browserApp,
}) => {
  const page = await linesWith("own-worker.md", "ts", "import.meta.env.DEV");
  const download = `await session.downloadTask("/episodes/42.mp3").resume();`;
  const files = {
    "vite.config.ts": await linesWith("own-worker.md", "ts", "// vite.config.ts"),
    "index.html": pageWith("/src/main.ts"),
    "src/main.ts": `import { BackgroundSession } from "background-session";\n${page}${download}`,
    "src/sw.ts": await linesWith("own-worker.md", "ts", "startDaemon();"),
  };
  await withBuiltApp(files, async (server) => {
    server.serve("/episodes/42.mp3", { body: "sound" });
    const page = await browserApp.newPage();
    await page.goto(server.origin);
    await expect.poll(() => server.requests("/episodes/42.mp3").length).toBe(1);
    const scripts = await page.evaluate(async () =>
      (await navigator.serviceWorker.getRegistrations()).map(
        ({ active }) => new URL(active?.scriptURL ?? "").pathname,
      ),
    );
    expect(scripts).toEqual(["/sw.js"]);
  });
});

test("the configuration for vite-plugin-pwa makes a worker that keeps an order and sends it", async ({
  browserApp,
}) => {
  const orders = (await samplesOf("from-workbox.md")).find(({ code }) =>
    code.startsWith("// public/orders.js"),
  );
  const files = {
    "vite.config.ts": await linesWith("from-workbox.md", "ts", "// vite.config.ts"),
    "index.html": pageWith("/main.js"),
    "main.js": "",
    "public/orders.js": orders?.code ?? "",
  };
  const copy = await linesWith("from-workbox.md", "sh", "sw-workbox.js");
  const use = async (server: TestServer) => {
    const page = await browserApp.newPage();
    await page.goto(server.origin);
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    await page.reload();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    server.route("/orders", (request) => void request.socket.destroy());
    const end = await page.evaluate(() =>
      fetch("/orders", { method: "POST", body: "2 apples" }).catch(() => "kept"),
    );
    expect(end).toBe("kept");
    const bodies: string[] = [];
    server.route("/orders", async (request, response) => {
      for await (const chunk of request) bodies.push(String(chunk));
      response.end();
    });
    await expect.poll(() => bodies, { timeout: 30_000 }).toEqual(["2 apples"]);
  };
  await withBuiltApp(files, use, async (folder) => {
    await symlink(dirname(PACKAGE), join(folder, "node_modules"), "dir");
    await promisify(execFile)("sh", ["-ec", copy], { cwd: folder });
  });
});

test("the line of the guide to protocols uploads a photo in blocks, three at once", async ({
  browserApp,
  site,
}) => {
  const { BlockServer } = await sampleFrom<{ BlockServer: new () => ContractServer }>(
    "upload-protocols.md",
    "block-server.ts",
  );
  const server = new BlockServer();
  routeFetch(site, "/photos", Number.POSITIVE_INFINITY, async (request) => server.fetch(request));
  const guide = await Guide.open(browserApp, site, "upload-protocols.md", { script: "/blocks-worker.js" });
  await guide.openSession();
  await guide.page.evaluate(
    () => void Object.assign(globalThis, { file: new File([new Uint8Array(2_500_000)], "7.jpg") }),
  );
  await guide.goOn('protocol: "blocks", connections: 3');
  await expect.poll(async () => (await server.completed()).map(({ length }) => length)).toEqual([2_500_000]);
  expect(site.requests(({ method }) => method === "PUT")).toHaveLength(3);
});

/** An app as the guide to testing has it. */
const PHOTOS = `
  import { BackgroundSession } from "background-session";
  const show = () => (document.querySelector("p").textContent = (localStorage.photos ?? 0) + " photo is there");
  const session = await BackgroundSession.open("photos", {
    serviceWorker: "/sw.js",
    delegate: {
      didComplete() {
        localStorage.photos = 1;
        show();
      },
    },
  });
  const button = document.querySelector("button");
  button.onclick = () => session.uploadTask("/photos", new Blob(["photo"])).resume();
  button.disabled = false;
  show();
`;

/** The printed test is run by this one. */
const RUNNER = 'import { expect, test } from "@playwright/test";';
const OURS = `import { expect } from "@playwright/test";
export let story;
const test = (_, run) => void (story = run);`;

type Story = (given: { page: Page; context: BrowserContext; baseURL: string }) => Promise<void>;

test(
  "the test that the guide to testing has for Playwright passes",
  needs("crash-of-one-page", "background-sync"),
  async ({ chromium, site }) => {
    site.route("/photos", (request, response) => {
      request.resume();
      setTimeout(() => response.end(), 500);
    });
    const imports = { "background-session": "/app/index.js", idb: "/idb.js" };
    site.serve("/photos.js", { body: PHOTOS });
    site.serve("/", {
      body: `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>
<button disabled>Upload</button><p></p><script type="module" src="/photos.js"></script>`,
      type: "text/html",
    });
    const { story } = await sampleFrom<{ story: Story }>("testing.md", "upload.spec.ts", (code) =>
      code.includes(RUNNER) ? `${code.replace(RUNNER, OURS).replaceAll('goto("/")', "goto(baseURL)")}` : code,
    );
    await story({ page: await chromium.context.newPage(), context: chromium.context, baseURL: site.origin });
    expect(site.requests("/photos").length).toBeGreaterThan(1);
  },
);
