import type { TestServer } from "../../server/server.ts";
import type { ContractServer } from "../../src/testing/index.ts";
import { expect, test } from "../support/fixtures.ts";
import { FullTusServer } from "../support/full-tus-server.ts";
import { killsIn } from "../support/kills-in.ts";
import { sampleFrom } from "../support/sample-from.ts";
import { routeFetch } from "../support/servers/route-fetch.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { startUpload } from "../support/start-upload.ts";
import { endOf } from "../support/task-end.ts";
import { uploadBytes } from "../support/upload-bytes.ts";
import { acknowledgedBytes } from "../support/upload-progress.ts";
import { variantIf } from "../support/variants.ts";

const SIZE = 24_000_000;

for (const kind of ["tus", "ietf"] as const) {
  test(`${kind}: kills during one upload, alternately of the worker and the browser, neither lose nor duplicate a byte`, {
    tag: kind === "tus" ? "@core" : "@variant",
  }, async ({ browserApp, engine, page, site }) => {
    test.slow();
    const kills = killsIn(engine);
    await startUpload(page, "photo", `/${kind}?throttle=4MB`, SIZE, { protocol: kind });
    let current = page;
    let acknowledged = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const target = Math.floor((SIZE * 0.9 * kill) / kills);
      acknowledged = await acknowledgedBytes(current, "photo", Math.max(target, acknowledged));
      if (kill % 4 < 3) {
        await browserApp.stopWorkers(current);
      } else {
        await browserApp.killAndRestart();
        current = await browserApp.open(site.origin);
        const task = await current.evaluate(async () => {
          const found = (await app.open()).task("photo");
          return found && app.describe(found);
        });
        // The upload goes on without the page, and may have finished by now.
        if (task !== undefined) expect(task.countOfBytesSent).toBeGreaterThanOrEqual(acknowledged);
      }
    }
    expect(await endOf(current, "photo", 120_000)).toMatchObject([{ type: "didComplete" }]);
    const stored = await site.storedUploads(kind);
    expect(stored.map(({ isComplete, sizeBytes, sha256 }) => [isComplete, sizeBytes, sha256])).toEqual([
      [true, SIZE, sha256Of(uploadBytes(SIZE))],
    ]);
  });
}

test("one request: ten kills, of the worker and of the browser in turn, and the server has one whole copy", async ({
  browserApp,
  page,
  site,
}) => {
  test.slow();
  await startUpload(page, "photo", "/echo?throttle=8MB", SIZE);
  let current = page;
  for (let kill = 0; kill < 10; kill += 1) {
    await expect.poll(() => site.requests("/echo").length, { timeout: 60_000 }).toBeGreaterThan(kill);
    if (kill % 2 === 0) {
      await browserApp.stopWorkers(current);
    } else {
      await browserApp.killAndRestart();
      current = await browserApp.open(site.origin);
      await current.evaluate(() => app.open());
    }
  }
  const [end, ...more] = await endOf(current, "photo", 120_000);
  const echo = JSON.parse(end?.text ?? "null");
  expect(more).toEqual([]);
  expect(echo).toMatchObject({ bodyBytes: SIZE, bodySha256: sha256Of(uploadBytes(SIZE)), count: 1 });
  const requests = site.requests("/echo");
  expect(requests.length).toBeGreaterThan(10);
  expect(new Set(requests.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
});

const IN_PARALLEL: Readonly<Record<string, (site: TestServer) => Promise<ParallelUpload>>> = {
  async "tus over three connections"(site) {
    const server = new FullTusServer();
    routeFetch(site, "/tus", 2_000_000, server.handle);
    return {
      url: "/tus",
      protocol: "tus",
      serviceWorker: "/sw.js",
      stored: async () => [...server.uploads.values()].map(({ bytes }) => bytes).filter(isWhole),
    };
  },
  async "a protocol of the app's own, in blocks"(site) {
    const { BlockServer } = await sampleFrom<{ BlockServer: new () => ContractServer }>(
      "upload-protocols.md",
      "block-server.ts",
    );
    const server = new BlockServer();
    routeFetch(site, "/photos", 2_000_000, async (request) => server.fetch(request));
    return {
      url: "/photos/7",
      protocol: "blocks",
      serviceWorker: "/blocks-worker.js",
      stored: () => server.completed(),
    };
  },
};

interface ParallelUpload {
  readonly url: string;
  readonly protocol: string;
  readonly serviceWorker: string;
  /** The whole uploads that the server has. */
  readonly stored: () => Promise<readonly Uint8Array[]>;
}

function isWhole({ length }: Uint8Array): boolean {
  return length === SIZE;
}

for (const [name, arrange] of Object.entries(IN_PARALLEL)) {
  test(
    `${name}: ten kills during one upload, of the worker and of the browser in turn, leave one whole copy`,
    variantIf(name.startsWith("tus")),
    async ({ browserApp, page, site }) => {
      test.slow();
      const { url, protocol, serviceWorker, stored } = await arrange(site);
      await page.evaluate(
        async (serviceWorker) => (await app.open("test", { serviceWorker })).role,
        serviceWorker,
      );
      await startUpload(page, "photo", url, SIZE, { protocol, connections: 3 });
      let current = page;
      for (let kill = 0; kill < 10; kill += 1) {
        await acknowledgedBytes(current, "photo", Math.floor((SIZE * 0.8 * kill) / 10));
        if (kill % 2 === 0) {
          await browserApp.stopWorkers(current);
        } else {
          await browserApp.killAndRestart();
          current = await browserApp.open(site.origin);
          await current.evaluate(
            async (serviceWorker) => (await app.open("test", { serviceWorker })).role,
            serviceWorker,
          );
        }
        expect(await stored()).toEqual([]);
      }
      expect(await endOf(current, "photo", 120_000)).toMatchObject([{ type: "didComplete" }]);
      expect((await stored()).map(sha256Of)).toEqual([sha256Of(uploadBytes(SIZE))]);
      expect(await current.evaluate(() => app.rows("bodies"))).toEqual([]);
    },
  );
}
