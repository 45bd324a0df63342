import { expect, test } from "../support/fixtures.ts";
import { OrderServer } from "../support/order-server.ts";
import {
  adoptions,
  breakNetwork,
  deployWorker,
  handled,
  oldRows,
  openRoutedSession,
  send,
} from "../support/routed-app.ts";

const NAMES = Array.from({ length: 50 }, (_, index) => `a/${index + 1}`);

for (const router of ["workbox", "serwist"]) {
  test(`an app that used BackgroundSyncPlugin of ${router} is deployed over 50 waiting requests: each arrives once, in order, and its answer is shown`, async ({
    page,
    site,
  }) => {
    test.slow();
    await deployWorker(page, site, { worker: `old-${router}-worker` });
    breakNetwork(site, "/order/*");
    for (const name of NAMES) expect(await send(page, `/order/${name}`, { body: name })).toBe("TypeError");
    await expect.poll(() => oldRows(page)).toHaveLength(50);
    const server = new OrderServer(site, { delayMs: 1 });
    await deployWorker(page, site, {
      worker: `${router}-worker`,
      options: { queue: "orders" },
      adopts: "orders",
    });
    await openRoutedSession(page);
    await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(NAMES);
    expect(server.came).toEqual(NAMES);
    expect(server.together).toEqual([]);
    expect(await oldRows(page)).toEqual([]);
    expect(await adoptions(page)).toEqual([{ adopted: 50, expired: 0, left: [] }]);
  });
}
