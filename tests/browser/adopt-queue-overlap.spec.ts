import type { ServerResponse } from "node:http";
import type { TestServer } from "../../server/server.ts";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { type OldRow, oldRows, writeOldRows } from "../support/old-rows.ts";
import { OrderServer } from "../support/order-server.ts";
import {
  adoptions,
  arrived,
  deployUntilStopPoint,
  deployWorker,
  handled,
  openRoutedSession,
  type RoutedWorker,
} from "../support/routed-app.ts";
import type { TestPage } from "../support/test-browser.ts";
import { variantIf } from "../support/variants.ts";

const NAMES = ["a/1", "a/2", "a/3", "a/4", "a/5"];
const ROUTERS = ["workbox", "serwist"];

function adoptingWith(router: string): RoutedWorker {
  return { worker: `${router}-worker`, adopts: "orders" };
}

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

function writeOrders(page: TestPage, router: string, rows: readonly OldRow[]): Promise<void> {
  return writeOldRows(page, rows, `${router}-background-sync`);
}

function writeNames(page: TestPage, router: string, names: readonly string[] = NAMES): Promise<void> {
  return writeOrders(
    page,
    router,
    names.map((name) => ({ url: `/order/${name}` })),
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

const MOMENTS = { before: "before its row is marked", after: "when it has read the row just before" };

for (const router of ROUTERS) {
  for (const isAnswered of [true, false])
    test(
      `a sync event in which an old worker of ${router} replays its queue ends before the new one adopts, and the request that is under way is ${isAnswered ? "answered" : "broken off"}`,
      needs("background-sync"),
      async ({ chromium, page, site }) => {
        const server = new HoldingServer(site);
        await deployWorker(page, site, { worker: `old-${router}-worker` });
        await writeNames(page, router);
        await chromium.sync(`${site.origin}/`, `${router}-background-sync:orders`);
        await server.untilHeld();
        const deployed = deployWorker(page, site, adoptingWith(router));
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

  test(`an old worker of ${router} that replays its queue outside of an event is ended by the browser, and each request arrives once, in order`, {
    tag: router === "serwist" ? "@core" : [],
  }, async ({ page, site }) => {
    test.slow();
    const server = new HoldingServer(site);
    await writeNames(page, router);
    await deployWorker(page, site, { worker: `old-${router}-worker`, options: { forceSyncFallback: true } });
    await server.untilHeld();
    await deployWorker(page, site, adoptingWith(router));
    await openRoutedSession(page);
    await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(NAMES.slice(1));
    expect(server.came).toEqual(NAMES);
    expect(await adoptions(page)).toEqual([{ adopted: 4, expired: 0, left: [] }]);
    expect(await oldRows(page)).toEqual([]);
  });

  test(
    `a request that an old worker of ${router} took from an adoption that is killed then does not hold those behind it`,
    needs("stops-of-busy-workers"),
    async ({ browserApp, page, site }) => {
      new OrderServer(site);
      await writeNames(page, router, NAMES.slice(0, 3));
      await deployUntilStopPoint(page, site, {
        ...adoptingWith(router),
        takes: "before",
        stopPoint: "after 2",
      });
      await browserApp.stopWorkers(page);
      await deployWorker(page, site, adoptingWith(router));
      await openRoutedSession(page);
      const sorted = async () => (await handled(page)).sort();
      await expect.poll(sorted, { timeout: 30_000 }).toEqual(["a/2", "a/3", "cancelled"]);
      expect(arrived(site)).toEqual(["a/2", "a/3"]);
      expect(await oldRows(page)).toEqual([]);
    },
  );

  for (const [takes, moment] of Object.entries(MOMENTS))
    test(
      `a request that an old worker of ${router} takes ${moment} is not sent twice, and is adopted if it is put back`,
      variantIf(router !== "workbox"),
      async ({ page, site }) => {
        test.slow();
        new OrderServer(site);
        const first = { id: 1, url: "/order/a/1", timestamp: Date.now() };
        await writeOrders(page, router, [first, { url: "/order/a/2" }, { url: "/order/a/3" }]);
        await deployWorker(page, site, { ...adoptingWith(router), takes });
        await openRoutedSession(page);
        const sorted = async () => (await handled(page)).sort();
        await expect.poll(sorted, { timeout: 30_000 }).toEqual(["a/2", "a/3", "cancelled"]);
        expect(arrived(site)).toEqual(["a/2", "a/3"]);
        expect(await adoptions(page)).toEqual([{ adopted: 2, expired: 0, left: [] }]);
        expect(await oldRows(page)).toEqual([]);
        await writeOrders(page, router, [first]);
        await deployWorker(page, site, adoptingWith(router));
        await expect.poll(() => arrived(site), { timeout: 30_000 }).toEqual(["a/2", "a/3", "a/1"]);
        expect(await oldRows(page)).toEqual([]);
      },
    );
}
