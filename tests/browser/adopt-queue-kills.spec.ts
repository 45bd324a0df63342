import type { TestServer } from "../../server/server.ts";
import { expect, test } from "../support/fixtures.ts";
import { oldRows, writeOldRows } from "../support/old-rows.ts";
import { OrderServer } from "../support/order-server.ts";
import {
  arrived,
  breakNetwork,
  deployUntilStopPoint,
  deployWorker,
  handled,
  openRoutedSession,
  type RoutedWorker,
} from "../support/routed-app.ts";
import type { TestPage } from "../support/test-browser.ts";
import { variantIf } from "../support/variants.ts";

test.use({ needed: ["stops-of-busy-workers"] });

/** More than one turn adopts. */
const NAMES = Array.from({ length: 60 }, (_, index) => `a/${index + 1}`);
/** Both keep their queues in the same form, each in a database of its own. */
const ROUTERS = ["workbox", "serwist"];

function adoptingWith(router: string): RoutedWorker {
  return { worker: `${router}-worker`, adopts: "orders" };
}

async function expectEachOnceInOrder(page: TestPage, site: TestServer): Promise<void> {
  new OrderServer(site, { delayMs: 1 });
  await openRoutedSession(page);
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(NAMES);
  expect(arrived(site)).toEqual(NAMES);
  expect(await oldRows(page)).toEqual([]);
}

function writeNames(page: TestPage, router: string): Promise<void> {
  const rows = NAMES.map((name) => ({ url: `/order/${name}` }));
  return writeOldRows(page, rows, `${router}-background-sync`);
}

const POINTS = {
  "before 1": "nothing is done yet",
  "after 1": "it is noted which rows become tasks",
  "before 2": "the tasks of a turn are on disk, beside their rows",
  "after 2": "the rows are gone, and the tasks not yet started",
  "before 3": "the tasks are started, and what remembers that is not yet deleted",
  "after 3": "the first turn is over",
  "before 5": "the tasks of the second turn are on disk, beside their rows",
  "after 5": "the rows of the second turn are gone",
};

for (const router of ROUTERS) {
  for (const [stopPoint, what] of Object.entries(POINTS)) {
    test(
      `a worker that is killed in the middle of an adoption from ${router} loses and repeats nothing: ${what}`,
      variantIf(router !== "workbox"),
      async ({ browserApp, page, site }) => {
        await writeNames(page, router);
        breakNetwork(site, "/order/*");
        await deployUntilStopPoint(page, site, { ...adoptingWith(router), stopPoint });
        await browserApp.stopWorkers(page);
        await deployWorker(page, site, adoptingWith(router));
        await expectEachOnceInOrder(page, site);
      },
    );
  }

  test(
    `a worker that is killed again and again while it adopts from ${router} and sends loses nothing and keeps the order`,
    variantIf(router !== "workbox"),
    async ({ browserApp, page, site }) => {
      test.slow();
      await writeNames(page, router);
      const keys = new Map<string, Set<unknown>>();
      countKeys(site, keys);
      await deployWorker(page, site, adoptingWith(router));
      for (let kill = 0; kill < 10; kill += 1) {
        await page.evaluate((ms) => new Promise((resolve) => setTimeout(resolve, ms)), kill * 17);
        await browserApp.stopWorkers(page);
        // Any event starts the worker again.
        await page.evaluate(() => navigator.serviceWorker.controller?.postMessage("wake"));
      }
      await openRoutedSession(page);
      await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(NAMES);
      expect([...keys.keys()]).toEqual(NAMES);
      // One that was being sent at a kill is sent again, with its key.
      expect([...keys.values()].filter(({ size }) => size !== 1)).toEqual([]);
    },
  );
}

/** Notes with which keys each request comes. */
function countKeys(site: TestServer, keys: Map<string, Set<unknown>>): void {
  site.route("/order/*", async (request, response) => {
    const name = (request.url ?? "").slice("/order/".length);
    if (request.method === "POST")
      keys.set(name, (keys.get(name) ?? new Set()).add(request.headers["idempotency-key"]));
    await new Promise((resolve) => setTimeout(resolve, 10));
    response.end(name);
  });
}
