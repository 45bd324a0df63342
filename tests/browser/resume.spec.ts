import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { activityOf, receivedBytes } from "../support/live-task.ts";
import { rangesAsked } from "../support/ranges-asked.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf, expectFile } from "../support/task-end.ts";

const PATH = "/files/2MB.bin";
const SIZE = 2_000_000;
const CUT = 1_000_000;

test("a download that was cut off resumes where it was", async ({ page, site }) => {
  await startDownload(page, "cut", `${PATH}?throttle=4MB&cut=1MB&cutTimes=1`);
  await expectFile(page, "cut", await site.sha256(PATH));

  const [first, second, ...others] = site.requests(PATH);
  expect(others).toEqual([]);
  expect(first?.headers["if-range"]).toBeUndefined();
  expect(second?.headers["if-range"]).toMatch(/^"/);
  expect(second?.status).toBe(206);
  const [, offset = 0] = rangesAsked(site, PATH);
  expect(offset).toBeGreaterThan(CUT / 2);
  expect(site.bytesSent(PATH)).toBe(CUT + SIZE - offset);
  expect(await page.evaluate(() => app.news)).toContain(`resumed cut ${offset}`);
});

test("a download that is cut off again and again ends in the file", async ({ page, site }) => {
  await startDownload(page, "cuts", `${PATH}?throttle=4MB&cut=500KB&cutTimes=3`);
  await expectFile(page, "cuts", await site.sha256(PATH));

  const offsets = rangesAsked(site, PATH).map(Number);
  expect(offsets).toHaveLength(4);
  expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
  const last = offsets.at(-1) ?? 0;
  expect(site.bytesSent(PATH)).toBeLessThanOrEqual(3 * 500_000 + SIZE - last);
});

test("more cuts than retry.limit do not end a download that makes progress", async ({ page, site }) => {
  await startDownload(page, "limit", `${PATH}?throttle=4MB&cut=500KB&cutTimes=3`, { retry: { limit: 1 } });
  await expectFile(page, "limit", await site.sha256(PATH));
});

test("a dropped connection costs no more than the bytes in flight", async ({ page, site }) => {
  await startDownload(page, "dropped", `${PATH}?throttle=1MB`);
  await receivedBytes(page, "dropped", 500_000);
  site.dropConnections(PATH);
  await expectFile(page, "dropped", await site.sha256(PATH));

  const [, offset = 0, ...others] = rangesAsked(site, PATH);
  expect(others).toEqual([]);
  expect(offset).toBeGreaterThanOrEqual(500_000);
  const sentBefore = site.requests(PATH)[0]?.bodyBytesSent ?? 0;
  expect(site.bytesSent(PATH)).toBe(sentBefore + SIZE - offset);
});

test("a download waits for a server that went down and resumes when it is back", async ({ page, site }) => {
  await startDownload(page, "down", `${PATH}?throttle=1MB`);
  await receivedBytes(page, "down", 500_000);
  await site.goDown();
  await activityOf(page, "down", "waiting-for-network");
  await site.comeBack();
  await expectFile(page, "down", await site.sha256(PATH));

  const [, offset = 0, ...others] = rangesAsked(site, PATH);
  expect(others).toEqual([]);
  expect(offset).toBeGreaterThanOrEqual(500_000);
  expect(site.bytesSent(PATH)).toBeLessThan(SIZE + CUT);
});

test("a download that was started while the server was down begins when it is back", async ({
  page,
  site,
}) => {
  await page.evaluate(async () => void (await app.open()));
  await site.goDown();
  await startDownload(page, "later", PATH);
  await activityOf(page, "later", "waiting-for-network");
  await site.comeBack();
  await expectFile(page, "later", await site.sha256(PATH));
  expect(site.bytesSent(PATH)).toBe(SIZE);
});

test(
  "a download resumes when the browser is online again",
  needs("offline-worker"),
  async ({ page, site, chromium }) => {
    await startDownload(page, "offline", `${PATH}?throttle=1MB`);
    await receivedBytes(page, "offline", 500_000);
    await chromium.context.setOffline(true);
    site.dropConnections(PATH);
    await activityOf(page, "offline", "waiting-for-network");
    expect(rangesAsked(site, PATH)).toEqual([0]);
    await chromium.context.setOffline(false);
    await expectFile(page, "offline", await site.sha256(PATH));

    const [, offset = 0, ...others] = rangesAsked(site, PATH);
    expect(others).toEqual([]);
    expect(offset).toBeGreaterThanOrEqual(500_000);
  },
);

test("a chunked body that was cut off is resumed", async ({ page, site }) => {
  await startDownload(page, "chunked", `${PATH}?throttle=4MB&length=none&cut=1MB&cutTimes=1`);
  await expectFile(page, "chunked", await site.sha256(PATH));

  const [, offset = 0, ...others] = rangesAsked(site, PATH);
  expect(others).toEqual([]);
  expect(offset).toBeGreaterThan(0);
  expect(site.bytesSent(PATH)).toBe(CUT + SIZE - offset);
});

test("a body that stalls for timeoutIntervalForRequest is requested again from its offset", async ({
  page,
  site,
}) => {
  const configuration = { timeoutIntervalForRequest: 1 };
  await startDownload(page, "stalled", `${PATH}?throttle=4MB&stall=1MB&stallTimes=1`, { configuration });
  await expectFile(page, "stalled", await site.sha256(PATH));

  expect(rangesAsked(site, PATH)).toEqual([0, CUT]);
  expect(site.bytesSent(PATH)).toBe(SIZE);
});

test("an answer that does not begin within timeoutIntervalForRequest is requested again", async ({
  page,
  site,
}) => {
  site.route("/slow-once", (_, response) => {
    if (site.requests("/slow-once").length > 1) response.end("here");
  });
  await startDownload(page, "slow", "/slow-once", { configuration: { timeoutIntervalForRequest: 1 } });
  const [file] = await endOf(page, "slow");
  expect(file?.sizeBytes).toBe(4);
  expect(site.requests("/slow-once")).toHaveLength(2);
});
