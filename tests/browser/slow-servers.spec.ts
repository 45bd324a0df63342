import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "../support/fixtures.ts";
import { startUpload } from "../support/start-upload.ts";
import { endOf } from "../support/task-end.ts";

const configuration = { timeoutIntervalForRequest: 1 };

test("a server may take longer for its answer to a large upload, and gets it once", {
  tag: "@core",
}, async ({ page, site }) => {
  site.route("/slow", async (request, response) => {
    for await (const _ of request);
    await delay(3_000);
    response.end("done");
  });
  // 8 kB are worth a second.
  await startUpload(page, "photo", "/slow", 800_000, { configuration });
  expect(await endOf(page, "photo")).toMatchObject([{ type: "didComplete", status: 200, text: "done" }]);
  expect(site.requests("/slow")).toHaveLength(1);
});

test("a server that takes too long for its answer gets the upload again, with the same key", async ({
  page,
  site,
}) => {
  let isFirst = true;
  site.route("/slow", async (request, response) => {
    const isAnswered = !isFirst;
    isFirst = false;
    for await (const _ of request);
    if (isAnswered) response.end("done");
  });
  await startUpload(page, "photo", "/slow", 8, { configuration });
  expect(await endOf(page, "photo")).toMatchObject([{ type: "didComplete", status: 200, text: "done" }]);
  const keys = site.requests("/slow").map(({ headers }) => headers["idempotency-key"]);
  expect(keys.length).toBeGreaterThan(1);
  expect([...new Set(keys)]).toEqual([expect.any(String)]);
});
