import type { ServerResponse } from "node:http";
import type { TestServer } from "../../server/server.ts";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { oldRows, writeOldRows } from "../support/old-rows.ts";
import { OrderServer } from "../support/order-server.ts";
import {
  adoptions,
  arrived,
  deployUntilStopPoint,
  deployWorker,
  handled,
  openRoutedSession,
} from "../support/routed-app.ts";
import type { TestPage } from "../support/test-browser.ts";

const NAMES = ["a/1", "a/2", "a/3", "a/4", "a/5"];
const ADOPTING = { worker: "workbox-worker", adopts: "orders" };

/** Holds the first order that comes, and answers the others. */
class HoldingServer {
  readonly came: string[] = [];
  #held: ServerResponse | undefined;

  constructor(site: TestServer) {
    site.route("/order/*", async (request, response) => {
      const name = (request.url ?? "").slice("/order/".length);
      request.resume();
      if (request.method === "POST") this.came.push(name);
      if (this.#held === undefined) this.#held = response;
      else response.end(name);
    });
  }

  async untilHeld(): Promise<void> {
    await expect.poll(() => this.came).toEqual(NAMES.slice(0, 1));
  }

  answer(): void {
    this.#held?.end(this.came[0]);
  }

  breakOff(): void {
    this.#held?.destroy();
  }
}

function writeNames(page: TestPage): Promise<void> {
  return writeOldRows(
    page,
    NAMES.map((name) => ({ url: `/order/${name}` })),
  );
}

/** Waits until a worker that is being deployed is installed. */
function untilInstalled(page: TestPage): Promise<unknown> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const isNew = (worker: ServiceWorker | null): boolean => worker?.scriptURL.includes("adopts") === true;
    while (!isNew(registration.waiting) && !isNew(registration.active))
      await new Promise((resolve) => setTimeout(resolve, 20));
  });
}

for (const isAnswered of [true, false])
  test(
    `a sync event in which the old worker replays its queue ends before the new one adopts, and the request that is under way is ${isAnswered ? "answered" : "broken off"}`,
    needs("background-sync"),
    async ({ chromium, page, site }) => {
      const server = new HoldingServer(site);
      await deployWorker(page, site, { worker: "old-workbox-worker" });
      await writeNames(page);
      await chromium.sync(`${site.origin}/`, "workbox-background-sync:orders");
      await server.untilHeld();
      const deployed = deployWorker(page, site, ADOPTING);
      await untilInstalled(page);
      expect(await adoptions(page)).toEqual([]);
      if (isAnswered) server.answer();
      else server.breakOff();
      await deployed;
      await openRoutedSession(page);
      // The old worker puts back what was broken off, and sends nothing more.
      const adopted = isAnswered ? [] : NAMES;
      await expect.poll(() => handled(page), { timeout: 30_000 }).toEqual(adopted);
      await expect.poll(() => server.came).toEqual(isAnswered ? NAMES : ["a/1", ...NAMES]);
      expect(await adoptions(page)).toEqual(isAnswered ? [] : [{ adopted: 5, expired: 0, left: [] }]);
      expect(await oldRows(page)).toEqual([]);
    },
  );

test("an old worker that replays its queue outside of an event is ended by the browser, and each request arrives once, in order", {
  tag: "@core",
}, async ({ page, site }) => {
  test.slow();
  const server = new HoldingServer(site);
  await writeNames(page);
  await deployWorker(page, site, { worker: "old-workbox-worker", options: { forceSyncFallback: true } });
  await server.untilHeld();
  await deployWorker(page, site, ADOPTING);
  await openRoutedSession(page);
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(NAMES.slice(1));
  expect(server.came).toEqual(NAMES);
  expect(await adoptions(page)).toEqual([{ adopted: 4, expired: 0, left: [] }]);
  expect(await oldRows(page)).toEqual([]);
});

test(
  "a request that the old worker took from an adoption that is killed then does not hold those behind it",
  needs("stops-of-busy-workers"),
  async ({ browserApp, page, site }) => {
    new OrderServer(site);
    await writeOldRows(
      page,
      ["a/1", "a/2", "a/3"].map((name) => ({ url: `/order/${name}` })),
    );
    await deployUntilStopPoint(page, site, { ...ADOPTING, takes: "before", stopPoint: "after 2" });
    await browserApp.stopWorkers(page);
    await deployWorker(page, site, ADOPTING);
    await openRoutedSession(page);
    const sorted = async () => (await handled(page)).sort();
    await expect.poll(sorted, { timeout: 30_000 }).toEqual(["a/2", "a/3", "cancelled"]);
    expect(arrived(site)).toEqual(["a/2", "a/3"]);
    expect(await oldRows(page)).toEqual([]);
  },
);

const MOMENTS = { before: "before its row is marked", after: "when it has read the row just before" };

for (const [takes, moment] of Object.entries(MOMENTS))
  test(`a request that the old worker takes ${moment} is not sent twice, and is adopted if it is put back`, async ({
    page,
    site,
  }) => {
    test.slow();
    new OrderServer(site);
    const first = { id: 1, url: "/order/a/1", timestamp: Date.now() };
    await writeOldRows(page, [first, { url: "/order/a/2" }, { url: "/order/a/3" }]);
    await deployWorker(page, site, { ...ADOPTING, takes });
    await openRoutedSession(page);
    const sorted = async () => (await handled(page)).sort();
    await expect.poll(sorted, { timeout: 30_000 }).toEqual(["a/2", "a/3", "cancelled"]);
    expect(arrived(site)).toEqual(["a/2", "a/3"]);
    expect(await adoptions(page)).toEqual([{ adopted: 2, expired: 0, left: [] }]);
    expect(await oldRows(page)).toEqual([]);
    await writeOldRows(page, [first]);
    await deployWorker(page, site, ADOPTING);
    await expect.poll(() => arrived(site), { timeout: 30_000 }).toEqual(["a/2", "a/3", "a/1"]);
    expect(await oldRows(page)).toEqual([]);
  });
