import { readFile } from "node:fs/promises";
import type { BackgroundSessionPlugin } from "background-session/workbox";
import { expect, test } from "../support/fixtures.ts";
import { generatedWorker } from "../support/generated-worker.ts";
import { oldRows } from "../support/old-rows.ts";
import { OrderServer } from "../support/order-server.ts";
import { arrived, breakNetwork, handled, openRoutedSession, send } from "../support/routed-app.ts";
import type { TestPage } from "../support/test-browser.ts";

/** That of the script of the guide: the handler below is written into the worker, as text. */
declare const orders: BackgroundSessionPlugin;

const NAMES = Array.from({ length: 50 }, (_, index) => `a/${index + 1}`);
const SCRIPT = "/generated-sw.js";
const COMMON = { skipWaiting: true, clientsClaim: true };

/** The script beside the worker, as the guide prints it. */
async function ordersScript(): Promise<string> {
  const guide = await readFile(new URL("../../docs/from-workbox.md", import.meta.url), "utf8");
  const [, code] = /```js\n\/\/ public\/orders\.js\n(.*?)```/s.exec(guide) ?? [];
  expect(code, "the guide has the script").toBeDefined();
  return (code ?? "").replaceAll("com.example.shop", "test").replaceAll("order-sent", "sent");
}

/** Has the browser look for the script that is served now, and waits until it controls the page. */
function update(page: TestPage): Promise<void> {
  return page.evaluate(async (script) => {
    const before = navigator.serviceWorker.controller;
    const registration = await navigator.serviceWorker.register(script, { scope: "/" });
    await registration.update();
    while ([null, before].includes(navigator.serviceWorker.controller))
      await new Promise((resolve) => setTimeout(resolve, 20));
  }, SCRIPT);
}

test("an app whose worker generateSW writes is deployed over waiting requests of its backgroundSync: each arrives once, in order, and its answer is shown", {
  tag: "@core",
}, async ({ page, site }) => {
  test.slow();
  const urlPattern = /\/order\//;
  const [old, next] = await Promise.all([
    generatedWorker({
      ...COMMON,
      runtimeCaching: [
        {
          urlPattern,
          method: "POST",
          handler: "NetworkOnly",
          options: { backgroundSync: { name: "orders", options: { maxRetentionTime: 24 * 60 } } },
        },
      ],
    }),
    generatedWorker({
      ...COMMON,
      importScripts: ["/sw-workbox.js", "/orders.js"],
      runtimeCaching: [{ urlPattern, method: "POST", handler: (route) => orders.handle(route) }],
    }),
  ]);
  site.serve("/orders.js", { body: await ordersScript(), type: "text/javascript" });
  site.serve(SCRIPT, { body: old, type: "text/javascript" });
  await update(page);
  breakNetwork(site, "/order/*");
  for (const name of NAMES) expect(await send(page, `/order/${name}`, { body: name })).toBe("TypeError");
  await expect.poll(() => oldRows(page)).toHaveLength(NAMES.length);

  site.serve(SCRIPT, { body: next, type: "text/javascript" });
  await update(page);
  await expect.poll(() => oldRows(page)).toEqual([]);
  // One that fails in the new worker is sent after them.
  expect(await send(page, "/order/a/new", { body: "new" })).toBe("TypeError");
  const server = new OrderServer(site);
  await openRoutedSession(page);
  const all = [...NAMES, "a/new"];
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(all);
  expect(arrived(site)).toEqual(all);
  expect(server.together).toEqual([]);
});
