import { expect, test } from "../support/fixtures.ts";
import { startDownload, startTask } from "../support/start-task.ts";
import { expectFailure, expectFile } from "../support/task-end.ts";

const PATH = "/files/2MB.bin";
const LOST = "throttle=4MB&cut=1MB&cutTimes=1";

test("redirects are followed to the file", async ({ page, site }) => {
  await startDownload(page, "hops", `${PATH}?redirect=3`);
  await expectFile(page, "hops", await site.sha256(PATH));
  expect(site.requests(PATH).map(({ status }) => status)).toEqual([302, 302, 302, 206]);
  expect(site.bytesSent(PATH)).toBe(2_000_000);
});

test("redirects are followed to another origin", async ({ page, site }) => {
  await startDownload(page, "far", `${PATH}?redirect=2&redirectTo=cross&cors=basic`);
  await expectFile(page, "far", await site.sha256(PATH));
  expect(site.requests(PATH).at(-1)?.listener).toBe("cross");
});

test("a resume asks the original URL, not the redirect's target", async ({ page, site }) => {
  await startDownload(page, "cut", `${PATH}?redirect=1&${LOST}`);
  await expectFile(page, "cut", await site.sha256(PATH));
  const asked = site.requests(PATH);
  expect(asked.map(({ status }) => status)).toEqual([302, 206, 302, 206]);
  const offset = Number(/\d+/.exec(asked[3]?.headers.range ?? ""));
  expect(offset).toBeGreaterThan(0);
  expect(site.bytesSent(PATH)).toBe(1_000_000 + 2_000_000 - offset);
});

test("a resume through a redirect to another origin needs no preflight", async ({ page, site }) => {
  await startDownload(page, "cut", `${PATH}?redirect=1&redirectTo=cross&cors=basic&${LOST}`);
  await expectFile(page, "cut", await site.sha256(PATH));
  const asked = site.requests(PATH);
  expect(asked.map(({ method }) => method)).not.toContain("OPTIONS");
  expect(asked.map(({ headers }) => headers["if-range"])).toEqual(asked.map(() => undefined));
  expect(asked.at(-1)?.listener).toBe("cross");
});

test("a task shows both its final URL and its original one", async ({ page, site }) => {
  const shown = await page.evaluate(async () => {
    const session = await app.open();
    const task = session.dataTask("/text?body=here&redirect=1", { id: "shown" });
    void task.resume();
    const { response } = await task.completed;
    return {
      original: new URL(task.originalRequest.url).search,
      current: new URL(task.currentRequest.url).search,
      redirected: response?.redirected,
      text: await response?.text(),
    };
  });
  expect(shown).toEqual({
    original: "?body=here&redirect=1",
    current: "?body=here",
    redirected: true,
    text: "here",
  });
  expect(site.requests("/text")).toHaveLength(2);
});

test("a redirect to a URL that CORS hides is not taken for an answer, and ends as blocked", async ({
  page,
  site,
}) => {
  const url = `${site.crossOrigin}${PATH}?cors=none`;
  site.route("/away", (_, response) => void response.writeHead(302, { location: url }).end());
  await startTask(page, "dataTask", "away", "/away");
  await expectFailure(page, "away", "blocked");
});
