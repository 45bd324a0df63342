import type { Page } from "@playwright/test";
import { needs } from "../support/absences.ts";
import { ExampleSite, lookForNextVersion, type Variant, workerOf } from "../support/example-site.ts";
import { expect, test } from "../support/fixtures.ts";
import type { TestBrowser } from "../support/test-browser.ts";
import { variantIf } from "../support/variants.ts";

const FILE = "/held/16MB.bin";
const BYTES = Buffer.alloc(16_000_000, "sixteen bytes of ");
/** So much is sent at once, the rest when the test says so. */
const SENT_AT_ONCE = 4_000_000;

/** Runs in the page. @returns how many parts of files are on disk */
async function countParts(): Promise<number> {
  const names = (await indexedDB.databases()).map(({ name = "" }) => name);
  const opening = indexedDB.open(names.find((name) => name.startsWith("background-session:")) ?? "");
  await new Promise((resolve) => opening.addEventListener("success", resolve));
  const { result: database } = opening;
  const counting = database.transaction("parts").objectStore("parts").count();
  await new Promise((resolve) => counting.addEventListener("success", resolve));
  database.close();
  return counting.result;
}

/** What an example does when a new version of it is deployed. */
class BusyExample {
  page: Page;
  readonly #example: ExampleSite;
  #release: () => void = () => {};
  readonly #uploads: string[] = [];

  constructor(page: Page, example: ExampleSite) {
    this.page = page;
    this.#example = example;
  }

  /** Opens the app, and begins a download and an upload, whose answers the server does not end yet. */
  async start(): Promise<void> {
    const { page } = this;
    const { server } = this.#example;
    const held = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    server.route(FILE, async ({ method, headers: { range } }, response) => {
      const start = Number(/\d+/.exec(range ?? "0"));
      response.writeHead(range === undefined ? 200 : 206, {
        etag: '"held"',
        "accept-ranges": "bytes",
        "content-length": BYTES.length - start,
        ...(range !== undefined && {
          "content-range": `bytes ${start}-${BYTES.length - 1}/${BYTES.length}`,
        }),
      });
      if (method === "HEAD") return void response.end();
      response.flushHeaders();
      if (start < SENT_AT_ONCE) response.write(BYTES.subarray(start, SENT_AT_ONCE));
      await held;
      response.end(BYTES.subarray(Math.max(start, SENT_AT_ONCE)));
    });
    server.route("/echo", async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      this.#uploads.push(text);
      await held;
      response.end("{}");
    });
    await page.goto(server.origin);
    await this.#expectOpen();
    await page.waitForFunction(async () => {
      const [registration] = await navigator.serviceWorker.getRegistrations();
      return registration?.active?.state === "activated";
    });
    // The page may be controlled by the worker only from now on.
    await page.reload();
    await this.#expectOpen();
    await page.getByLabel("Address").fill(FILE);
    await page.getByRole("button", { name: "Download" }).click();
    const photo = { name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.from("a photo") };
    await page.getByLabel("Upload").setInputFiles(photo);
    await expect.poll(() => this.#uploads).toEqual(["a photo"]);
    await expect.poll(() => page.evaluate(countParts)).toBeGreaterThan(0);
  }

  async #expectOpen(): Promise<void> {
    await expect(this.page.getByText("The session is open.")).toBeVisible();
  }

  /** Both end with what they would have ended with. */
  async expectDone(): Promise<void> {
    const news = this.page.locator("#news");
    await expect(news).toBeEmpty();
    this.#release();
    await expect(news).toContainText("The file: 16000000 bytes", { timeout: 30_000 });
    await expect(news).toContainText("photo.jpg: 200", { timeout: 30_000 });
    expect(new Set(this.#uploads)).toEqual(new Set(["a photo"]));
    // What the old worker had on disk is not fetched again.
    const [, ...later] = this.#example.server
      .requests(({ path, method }) => path === FILE && method === "GET")
      .map(({ headers }) => headers.range);
    expect(later).not.toEqual([]);
    for (const range of later) expect(range).toMatch(/^bytes=[1-9]\d*-/);
  }
}

for (const name of ["vite", "webpack"]) {
  test(`the example ${name} is built anew and deployed in the middle of a download and an upload: its worker has another name, and nothing is lost`, {
    ...needs("playwright-page"),
    ...variantIf(name === "webpack"),
  }, async ({ browserApp }) => {
    test.setTimeout(300_000);
    const example = await ExampleSite.startCopy(name, `${name}-built-anew`);
    try {
      const deploy = await example.buildNext();
      const page = (await browserApp.newPage()) as unknown as Page;
      const busy = new BusyExample(page, example);
      await busy.start();
      const old = await workerOf(page, "active");
      expect(old?.version).toBe("no answer");
      await deploy();
      expect((await fetch(`${example.server.origin}${old?.path}`)).status).toBe(404);
      await page.reload();
      await expect
        .poll(() => workerOf(page, "active"), { timeout: 30_000 })
        .toMatchObject({ version: "the next version" });
      expect((await workerOf(page, "active"))?.path).not.toBe(old?.path);
      await busy.expectDone();
    } finally {
      await example.end();
    }
  });
}

const WORKER = "/sw.js";
const OLD = { path: WORKER, version: "no answer" };
const NEXT = { path: WORKER, version: "the next version" };

interface Moment {
  /** When the new version takes over. */
  readonly when: string;
  /** What the app changes for that. */
  readonly variants?: Readonly<Record<string, Variant>>;
  /** What happens when the new worker is deployed. @returns when it is the active one */
  readonly follow: (busy: BusyExample, browser: TestBrowser, origin: string) => Promise<void>;
}

async function expectWaiting({ page }: BusyExample): Promise<void> {
  await expect.poll(() => workerOf(page, "waiting")).toEqual(NEXT);
  expect(await workerOf(page, "active")).toEqual(OLD);
}

const MOMENTS: readonly Moment[] = [
  {
    when: "when the user says so",
    follow: async (busy) => {
      await expectWaiting(busy);
      const reloaded = busy.page.waitForEvent("load");
      await busy.page.getByRole("button", { name: "Reload with the new version" }).click();
      await reloaded;
    },
  },
  {
    when: "when the browser is started again",
    follow: async (busy, browser, origin) => {
      await expectWaiting(busy);
      await browser.closeAndRestart();
      busy.page = (await browser.newPage()) as unknown as Page;
      await busy.page.goto(origin);
    },
  },
  {
    when: "by itself if it is made so",
    variants: {
      "vite-plugin-pwa": {
        file: "sw.js",
        from: /addEventListener\("message".*\n\}\);/s,
        to: 'addEventListener("install", () => skipWaiting());',
      },
      "vite-plugin-pwa-generated": {
        file: "vite.config.ts",
        from: "VitePWA({",
        to: 'VitePWA({ registerType: "autoUpdate",',
      },
    },
    follow: async () => {},
  },
];

// If nothing else is wanted, a worker of the app's own asks the user, and a generated one takes over by itself.
for (const name of ["vite-plugin-pwa", "vite-plugin-pwa-generated"])
  for (const [index, { when, variants, follow }] of MOMENTS.entries())
    test(`a new version of the example ${name} takes over ${when}, in the middle of a download and an upload, and nothing is lost`, {
      ...needs("playwright-page"),
      ...variantIf((variants === undefined) !== (name === "vite-plugin-pwa")),
    }, async ({ browserApp }) => {
      test.setTimeout(300_000);
      const example = await ExampleSite.startCopy(name, `${name}-${index}`, variants?.[name]);
      try {
        const { origin } = example.server;
        const busy = new BusyExample((await browserApp.newPage()) as unknown as Page, example);
        await busy.start();
        await example.deploy(`${origin}${WORKER}`);
        await lookForNextVersion(busy.page);
        await follow(busy, browserApp, origin);
        // The page may just be reloading.
        await expect
          .poll(() => workerOf(busy.page, "active").catch(() => undefined), { timeout: 30_000 })
          .toEqual(NEXT);
        await busy.expectDone();
      } finally {
        await example.end();
      }
    });
