import { existsSync } from "node:fs";
import { appendFile, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { buildExample, exampleDirectory, exampleNames } from "../../scripts/examples.mjs";
import { startServer, type TestServer } from "../../server/server.ts";
import { needs } from "../support/absences.ts";
import { startDevServer } from "../support/dev-server.ts";
import { expect, test } from "../support/fixtures.ts";

const FILE = "/files/4MB.bin";

/** An app of examples/, built from the packed package, in a directory of its own that a test may deploy to. */
class ExampleSite {
  readonly server: TestServer;
  readonly #directories: readonly string[];

  private constructor(server: TestServer, directories: readonly string[]) {
    this.server = server;
    this.#directories = directories;
  }

  static async start(name: string): Promise<ExampleSite> {
    const [built = "", ...rest] = await buildExample(name);
    const own = await mkdtemp(join(tmpdir(), "example-"));
    await cp(built, own, { recursive: true });
    const staticDirs = [own, ...rest];
    return new ExampleSite(await startServer({ staticDirs }), staticDirs);
  }

  /** Deploys a worker that is another one, byte for byte. */
  async deploy(worker: string): Promise<void> {
    const files = this.#directories.map((directory) => join(directory, new URL(worker).pathname));
    const file = files.find(existsSync);
    if (file === undefined) throw new Error(`There is no file of ${worker}.`);
    await appendFile(file, "\n// The next version.\n");
  }

  async end(): Promise<void> {
    await this.server.close();
    await rm(this.#directories[0] as string, { recursive: true, force: true });
  }
}

async function expectOpen(page: Page): Promise<void> {
  await expect(page.getByText("The session is open.")).toBeVisible();
}

async function download(page: Page, address: string): Promise<void> {
  await page.getByLabel("Address").fill(address);
  await page.getByRole("button", { name: "Download" }).click();
}

/** Runs in the page: an answer that comes right before a reload is shown by this page only. */
function keepNews(): void {
  addEventListener("pagehide", () => {
    sessionStorage.setItem("news", document.getElementById("news")?.textContent ?? "");
  });
}

/** Runs in the page: what it and the page before it have shown. */
function newsOfBoth(): string {
  return `${sessionStorage.getItem("news")} ${document.getElementById("news")?.textContent}`;
}

async function expectUnderWay({ server }: ExampleSite, address: string): Promise<void> {
  await expect.poll(() => server.bytesSent(address)).toBeGreaterThan(0);
}

test(
  "the example vite runs on the dev server, too, without configuration",
  needs("playwright-page"),
  async ({ browserApp, site }) => {
    const { url, close } = await startDevServer(exampleDirectory("vite"), site);
    try {
      const page = (await browserApp.newPage()) as unknown as Page;
      await page.goto(url);
      await expectOpen(page);
      await download(page, FILE);
      await expect(page.locator("#news")).toContainText("The file: 4000000 bytes");
    } finally {
      await close();
    }
  },
);

for (const name of await exampleNames()) {
  test.describe(name, () => {
    // Webpack and Next take a while, and Next has to be installed first.
    test.describe.configure({ timeout: 300_000 });
    let example: ExampleSite;

    test.beforeEach(async () => {
      example = await ExampleSite.start(name);
    });

    test.afterEach(() => example.end());

    test(
      `the example ${name} finishes a download over a reload and a deploy, and keeps notes and uploads`,
      needs("playwright-page"),
      async ({ browserApp }) => {
        const { server } = example;
        const page = (await browserApp.newPage()) as unknown as Page;
        await page.goto(server.origin);
        await expectOpen(page);
        const news = page.locator("#news");

        const first = `${FILE}?throttle=2MB&key=first`;
        await download(page, first);
        await expectUnderWay(example, first);
        await page.reload();
        await expect(news).toContainText("The file: 4000000 bytes", { timeout: 20_000 });

        const worker = await page.evaluate(async () => {
          const [registration] = await navigator.serviceWorker.getRegistrations();
          return registration?.active?.scriptURL ?? "";
        });
        const second = `${FILE}?throttle=2MB&key=second`;
        await download(page, second);
        await expectUnderWay(example, second);
        await example.deploy(worker);
        await page.reload();
        await expect(news).toContainText("The file: 4000000 bytes", { timeout: 30_000 });

        await page.getByLabel("Upload").setInputFiles({
          name: "photo.jpg",
          mimeType: "image/jpeg",
          buffer: Buffer.from("a photo"),
        });
        await expect(news).toContainText("photo.jpg: 200");

        await server.goDown();
        for (const note of ["first", "second"]) {
          await page.getByLabel("Note", { exact: true }).fill(note);
          await page.getByRole("button", { name: "Send" }).click();
        }
        await expect(news).toContainText('The note "second" is stored');
        await page.evaluate(keepNews);
        await server.comeBack();
        await page.reload();
        await expect
          .poll(() => page.evaluate(newsOfBoth), { timeout: 30_000 })
          .toMatch(/The note "first": 200.*The note "second": 200/);
      },
    );
  });
}
