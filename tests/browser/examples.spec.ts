import type { Page } from "@playwright/test";
import { exampleDirectory, exampleNames } from "../../scripts/examples.mjs";
import { needs } from "../support/absences.ts";
import { startDevServer } from "../support/dev-server.ts";
import { ExampleSite, lookForNextVersion, workerOf } from "../support/example-site.ts";
import { expect, test } from "../support/fixtures.ts";
import { variantIf } from "../support/variants.ts";

const FILE = "/files/4MB.bin";

async function expectOpen(page: Page): Promise<void> {
  await expect(page.getByText("The session is open.")).toBeVisible();
}

async function download(page: Page, address: string): Promise<void> {
  await page.getByLabel("Address").fill(address);
  await page.getByRole("button", { name: "Download" }).click();
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

async function activeVersion(page: Page): Promise<string | undefined> {
  return (await workerOf(page, "active"))?.version;
}

/** Their workers wait until no page of the old version is open, as the tools make them by default: see examples-deploy. */
const PATIENT = ["vite-plugin-pwa", "vite-plugin-pwa-generated"];

/** To install and build Next takes minutes: `npm test` has `next-turbopack`, and `serwist` without Next. */
const VARIANTS = ["next", "next-serwist"];

/** They have pages and tests of their own. */
const OTHERS = ["podcast", "tanstack-query"];

for (const name of (await exampleNames()).filter((it) => !OTHERS.includes(it))) {
  test.describe(name, () => {
    // Webpack and Next take a while, and Next has to be installed first. Two builds at once would disturb each other.
    test.describe.configure({ timeout: 600_000, mode: "default" });
    const details = { ...needs("playwright-page"), ...variantIf(VARIANTS.includes(name)) };
    let example: ExampleSite;

    test.beforeEach(async () => {
      example = await ExampleSite.start(name);
    });

    test.afterEach(() => example.end());

    test(
      `the example ${name} finishes a download over a reload and a deploy, and keeps notes and uploads`,
      details,
      async ({ browserApp }) => {
        const { server } = example;
        const page = (await browserApp.newPage()) as unknown as Page;
        await page.goto(server.origin);
        await expectOpen(page);
        const news = page.locator("#news");
        if (example.endOwn !== undefined) {
          const page = async () => (await fetch(server.origin)).text();
          expect(await page(), "the page is rendered at each request").not.toBe(await page());
        }

        const first = `${FILE}?throttle=2MB&key=first`;
        await download(page, first);
        await expectUnderWay(example, first);
        await page.reload();
        await expect(news).toContainText("The file: 4000000 bytes", { timeout: 20_000 });

        const worker = await page.evaluate(async () => {
          const [registration] = await navigator.serviceWorker.getRegistrations();
          return registration?.active?.scriptURL ?? "";
        });
        expect(await activeVersion(page)).toBe("no answer");

        const second = `${FILE}?throttle=2MB&key=second`;
        await download(page, second);
        await expectUnderWay(example, second);
        await example.deploy(worker);
        const { pathname } = new URL(worker);
        const asked = server.requests(pathname).length;
        await page.reload();
        await expect(news).toContainText("The file: 4000000 bytes", { timeout: 30_000 });
        if (!PATIENT.includes(name)) {
          await lookForNextVersion(page);
          expect(server.requests(pathname).length).toBeGreaterThan(asked);
          await expect.poll(() => activeVersion(page), { timeout: 30_000 }).toBe("the next version");
        }

        await page.getByLabel("Upload").setInputFiles({
          name: "photo.jpg",
          mimeType: "image/jpeg",
          buffer: Buffer.from("a photo"),
        });
        await expect(news).toContainText("photo.jpg: 200");

        const send = async (note: string): Promise<void> => {
          await page.getByLabel("Note", { exact: true }).fill(note);
          await page.getByRole("button", { name: "Send" }).click();
        };
        await send("online");
        await expect(news).toContainText('The note "online": 200');

        // Its response comes to another page than the one that has sent it.
        let release = (): void => {};
        const held = new Promise<void>((resolve) => {
          release = resolve;
        });
        server.route("/echo", async (request, response) => {
          request.resume();
          await held;
          response.end("{}");
        });
        await send("across a reload");
        await expect.poll(() => server.requests("/echo").length).toBeGreaterThan(2);
        await page.reload();
        await expectOpen(page);
        await expect(news).not.toContainText("across a reload");
        release();
        await expect(news).toContainText('The note "across a reload": 200', { timeout: 30_000 });
        server.unroute("/echo");

        await server.goDown();
        for (const note of ["first", "second"]) await send(note);
        await expect(news).toContainText('The note "second" is stored');
        // The page is gone before the server is back: its handlers would get the answers, once and for all.
        await page.goto("about:blank");
        await server.comeBack();
        await page.goto(server.origin);
        await expect(news).toContainText(/The note "first": 200.*The note "second": 200/, {
          timeout: 30_000,
        });
      },
    );

    if (name === "vite-plugin-pwa-generated")
      test(
        "a request that a page makes offline becomes a task in a worker that generateSW has made, and a later page gets its answer",
        needs("playwright-page", "offline-worker"),
        async ({ browserApp }) => {
          const { server } = example;
          const page = (await browserApp.newPage()) as unknown as Page;
          await page.goto(server.origin);
          await expectOpen(page);
          // Only the next page is controlled by its worker.
          await page.reload();
          await expectOpen(page);
          const order = page.getByRole("button", { name: "Order" });
          const posts = () => server.requests(({ path, method }) => path === "/echo" && method === "POST");
          await order.click();
          await expect.poll(() => posts().length).toBe(1);
          await page.context().setOffline(true);
          const failed = page.waitForEvent("console", (message) => message.text().startsWith("It is kept."));
          await order.click();
          await failed;
          await page.goto("about:blank");
          await page.context().setOffline(false);
          await page.goto(server.origin);
          await expect(page.locator("#news")).toContainText("The order: 200", { timeout: 30_000 });
          expect(posts()).toHaveLength(2);
        },
      );
  });
}
