import type { TestServer } from "../../server/server.ts";
import { expect, test } from "../support/fixtures.ts";
import { rangesAsked } from "../support/ranges-asked.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf, expectFile } from "../support/task-end.ts";

const PATH = "/files/2MB.bin";
const SIZE = 2_000_000;
const CUT = 1_000_000;

test("a download goes on at the next URL if a server cannot be reached, refuses or has nothing", {
  tag: "@core",
}, async ({ page, site }) => {
  site.route("/dead", (request) => void request.socket.destroy());
  const mirrors = [`${PATH}?key=b&status=503`, `${PATH}?key=c&status=404`, `${PATH}?key=d`];
  await startDownload(page, "film", "/dead", { mirrors });
  await expectFile(page, "film", await site.sha256(PATH));
  const statuses = site.requests(({ path, method }) => path === PATH && method === "GET");
  expect(statuses.map(({ status }) => status)).toEqual([503, 404, 206]);
  expect(site.bytesSent(PATH)).toBeLessThan(SIZE + 1_000);
});

/** Its first answer breaks off in the middle; then it refuses. */
function breakOff(site: TestServer): void {
  let times = 0;
  site.route("/failing", (_, response) => {
    times += 1;
    response.writeHead(times === 1 ? 302 : 403, { location: `${PATH}?throttle=4MB&cut=1MB` }).end();
  });
}

for (const [where, origin] of [
  ["the same origin", ""],
  ["another origin", "cross"],
] as const) {
  test(`a mirror of the same version gives the rest, without what is there already: ${where}`, async ({
    page,
    site,
  }) => {
    breakOff(site);
    const base = origin === "" ? site.origin : site.crossOrigin;
    await startDownload(page, "film", "/failing", { mirrors: [`${base}${PATH}?cors=expose`] });
    await expectFile(page, "film", await site.sha256(PATH));
    const [, offset = 0, ...others] = rangesAsked(site, PATH);
    expect(offset).toBeGreaterThan(0);
    expect(others).toEqual([]);
    expect(site.bytesSent(PATH)).toBe(CUT + SIZE - offset);
  });
}

test("a mirror of another version is downloaded as a whole", async ({ page, site }) => {
  breakOff(site);
  const other = `${PATH}?seed=2`;
  await startDownload(page, "film", "/failing", { mirrors: [other] });
  await expectFile(page, "film", await site.sha256(other));
});

test("a mirror whose file does not match the hash is passed over", async ({ page, site }) => {
  const integrity = `sha256-${Buffer.from(await site.sha256(PATH), "hex").toString("base64")}`;
  await page.evaluate(
    async ([PATH, integrity]) => {
      const session = await app.open();
      const request = { url: `${PATH}?seed=3`, integrity };
      await session.downloadTask(request, { id: "film", mirrors: [`${PATH}?seed=4`, PATH] }).resume();
    },
    [PATH, integrity] as const,
  );
  await expectFile(page, "film", await site.sha256(PATH));
  expect(rangesAsked(site, PATH)).toHaveLength(3);
});

test("a download with mirrors survives a killed browser between two of them", async ({
  browserApp,
  page,
  site,
}) => {
  breakOff(site);
  const slow = `${PATH}?key=slow&throttle=200KB`;
  await startDownload(page, "film", "/failing", { mirrors: [slow] });
  await expect.poll(() => rangesAsked(site, PATH).length, { timeout: 20_000 }).toBe(2);
  await browserApp.killAndRestart();
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  await expectFile(next, "film", await site.sha256(PATH), { timeoutMs: 60_000 });
  expect(site.requests("/failing")).toHaveLength(2);
});

test("what is no URL of a file is refused, and tasks of other kinds have no mirrors", async ({ page }) => {
  const messages = await page.evaluate(async () => {
    const session = await app.open();
    const wrong = [
      ["ftp://a.test/x"],
      "https://a.test/x",
      [5],
      Array(17).fill("/x"),
      ["https://u:p@a.test/"],
    ];
    const calls = [
      ...wrong.map((mirrors) => () => session.downloadTask("/x", { mirrors: mirrors as string[] })),
      () => session.downloadTask({ url: "/x", method: "POST" }, { mirrors: ["/y"] }),
      () => session.downloadTask("/x", { mirrors: ["http://a.test:6667/"] }),
      () => session.downloadTask({ url: "/x", mode: "same-origin" }, { mirrors: ["https://a.test/"] }),
      () => session.dataTask("/x", { mirrors: ["/y"] } as object),
    ];
    return calls.map((call) => {
      try {
        call();
        return "";
      } catch (error) {
        return String(error);
      }
    });
  });
  const rest = messages.slice(-4);
  expect(rest[0]).toContain("mirrors are for downloads with GET, not POST");
  expect(rest[1]).toContain("6667");
  expect(rest[2]).toContain('mode "same-origin" cannot have mirrors of another origin');
  for (const message of messages.slice(0, -4))
    expect(message).toContain("mirrors must be an array of up to 16 URLs");
  expect(messages.at(-1)).toContain("mirrors is not an option of data tasks");
});

test("retry asks all servers again, the first one first", async ({ page, site }) => {
  let isRepaired = false;
  site.route("/first", (_, response) => {
    response.writeHead(isRepaired ? 302 : 404, { location: PATH }).end();
  });
  await startDownload(page, "film", "/first", { mirrors: [`${PATH}?key=b&status=410`] });
  await endOf(page, "film");
  isRepaired = true;
  const result = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const [ended] = session?.getSnapshot().finished ?? [];
    const again = ended && session?.retry(ended.task);
    await again?.resume();
    const { file } = (await again?.completed) ?? {};
    return [ended?.originalRequest.url, again?.originalRequest.url, file?.size];
  });
  expect(result).toEqual([`${site.origin}/first`, `${site.origin}/first`, SIZE]);
});

test("if all have failed, the task ends with the last answer", async ({ page, site }) => {
  await startDownload(page, "none", `${PATH}?key=a&status=404`, { mirrors: [`${PATH}?key=b&status=410`] });
  expect(await endOf(page, "none")).toMatchObject([
    { type: "didFinishDownloading" },
    { type: "didComplete", status: 410 },
  ]);
  expect(rangesAsked(site, PATH)).toHaveLength(2);
});
