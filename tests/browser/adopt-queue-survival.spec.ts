import { randomBytes } from "node:crypto";
import type { TestServer } from "../../server/server.ts";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { oldRows, writeOldRows } from "../support/old-rows.ts";
import { OrderServer } from "../support/order-server.ts";
import {
  adoptions,
  breakNetwork,
  deployWorker,
  handled,
  openRoutedSession,
  send,
} from "../support/routed-app.ts";
import type { TestPage } from "../support/test-browser.ts";

test.use({ ownBrowser: true });

const NAMES = Array.from({ length: 50 }, (_, index) => `a/${index + 1}`);
const ADOPTING = { worker: "workbox-worker", adopts: "orders" };

/** An app's page: it keeps the answers that it gets, and lists them, those of earlier pages too, each once. */
function showAnswers(page: TestPage): Promise<void> {
  return page.evaluate(async () => {
    const kept = await app.openDB("answers", 1, {
      upgrade: (database) => void database.createObjectStore("answers", { autoIncrement: true }),
    });
    const list = document.body.appendChild(document.createElement("ol"));
    list.id = "answers";
    const show = async (): Promise<void> => {
      const rows = await kept.getAll("answers");
      const entries = rows.map(({ text }) =>
        Object.assign(document.createElement("li"), { textContent: text }),
      );
      list.replaceChildren(...entries);
    };
    await show();
    await app.BackgroundSession.open("test", {
      completionHandlers: {
        sent: async ({ response }, _, { eventId }) => {
          const text = await response?.text();
          const rows = await kept.getAll("answers");
          if (rows.every((row) => row.eventId !== eventId)) await kept.add("answers", { eventId, text });
          await show();
        },
      },
    });
  });
}

function answers(page: TestPage): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("#answers li")].map(({ textContent }) => textContent ?? ""),
  );
}

/** Answers orders, and notes which keys each of them came with. */
function countKeys(site: TestServer): Map<string, Set<unknown>> {
  const keys = new Map<string, Set<unknown>>();
  site.route("/order/*", async (request, response) => {
    const name = (request.url ?? "").slice("/order/".length);
    const { method, headers } = request;
    if (method === "POST") keys.set(name, (keys.get(name) ?? new Set()).add(headers["idempotency-key"]));
    await new Promise((resolve) => setTimeout(resolve, 30));
    response.end(name);
  });
  return keys;
}

test("an app that used BackgroundSyncPlugin is deployed over 50 waiting requests, and the browser is killed in the middle: its page shows each answer once, in order", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  test.slow();
  const page = await browserApp.open(site.origin);
  await deployWorker(page, site, { worker: "old-workbox-worker" });
  breakNetwork(site, "/order/*");
  for (const name of NAMES) expect(await send(page, `/order/${name}`, { body: name })).toBe("TypeError");
  await expect.poll(() => oldRows(page)).toHaveLength(50);
  const keys = countKeys(site);
  await deployWorker(page, site, ADOPTING);
  await showAnswers(page);
  await expect.poll(async () => (await answers(page)).length).toBeGreaterThan(5);
  await browserApp.killAndRestart();
  const next = await browserApp.open(site.origin);
  expect((await answers(next)).length).toBe(0);
  await showAnswers(next);
  await expect.poll(() => answers(next), { timeout: 60_000 }).toEqual(NAMES);
  expect(await oldRows(next)).toEqual([]);
  expect([...keys.keys()]).toEqual(NAMES);
  // One that was being sent at the kill is sent again, with its key.
  expect([...keys.values()].filter(({ size }) => size !== 1)).toEqual([]);
});

test(
  "a request that does not fit on the disk a second time stays in the old queue and is adopted once there is space; the others do not wait for it",
  needs("counted-blobs"),
  async ({ browserApp, site }) => {
    await browserApp.closeAndRestart({ quotaBytes: 8_000_000 });
    const page = await browserApp.open(site.origin);
    breakNetwork(site, "/order/*");
    const large = randomBytes(4_000_000).toString("base64");
    await writeOldRows(page, [
      { url: "/order/a/1" },
      { url: "/order/a/large", body: large },
      { url: "/order/a/2" },
    ]);
    new OrderServer(site);
    await deployWorker(page, site, ADOPTING);
    await openRoutedSession(page);
    await expect.poll(() => handled(page), { timeout: 30_000 }).toEqual(["a/1", "a/2"]);
    const [report] = (await adoptions(page)) as { adopted: number; expired: number; left: string[] }[];
    expect(report).toMatchObject({
      adopted: 2,
      expired: 0,
      left: [expect.stringMatching(/disk|space|stor/i)],
    });
    expect((await oldRows(page)).map(({ requestData }) => new URL(requestData.url).pathname)).toEqual([
      "/order/a/large",
    ]);

    let sentBytes = 0;
    site.route("/order/a/large", async (request, response) => {
      for await (const chunk of request) sentBytes += chunk.length;
      response.end("a/large");
    });
    await browserApp.closeAndRestart();
    const next = await browserApp.open(site.origin);
    await openRoutedSession(next);
    await expect.poll(() => handled(next), { timeout: 60_000 }).toEqual(["a/1", "a/2", "a/large"]);
    expect(sentBytes).toBe(large.length);
    expect(await oldRows(next)).toEqual([]);
  },
);
