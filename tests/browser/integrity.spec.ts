import { expect, test } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { endOf, expectFile } from "../support/task-end.ts";

const PATH = "/files/20MB.bin";

/** The hash of a file as Subresource Integrity writes it. */
function hashOf(sha256: string): string {
  return `sha256-${Buffer.from(sha256, "hex").toString("base64")}`;
}

test("a download is delivered if it matches its integrity, and deleted if it does not", {
  tag: "@core",
}, async ({ page, site }) => {
  const integrity = hashOf(await site.sha256(PATH));
  await page.evaluate(
    async ([url, good]) => {
      const session = await app.open();
      const bad = `sha512-${"A".repeat(86)}==`;
      void session.downloadTask({ url, integrity: good }, { id: "good" }).resume();
      void session.downloadTask({ url, integrity: bad }, { id: "bad" }).resume();
      void session
        .downloadTask(new Request(url, { integrity: `${good} ${bad}` }), { id: "strongest" })
        .resume();
      void session.dataTask({ url: "/status/404", integrity: bad }, { id: "refused" }).resume();
      void session.dataTask({ url: "/text?body=hello", integrity: bad }, { id: "text" }).resume();
    },
    [PATH, integrity] as const,
  );
  await expectFile(page, "good", await site.sha256(PATH));
  for (const id of ["bad", "strongest", "text"]) {
    expect(await endOf(page, id)).toMatchObject([{ type: "didComplete", error: "integrity-mismatch" }]);
  }
  expect(await endOf(page, "refused")).toMatchObject([{ type: "didComplete", status: 404 }]);
  // WebKit keeps the bytes of a file that the page may still read.
  const good = (await rowsOnDisk(page, "tasks")).find((row) => row.id === "good")?.file?.fileId;
  const parts = await rowsOnDisk(page, "parts");
  expect(parts.filter(({ fileId }) => fileId !== good)).toEqual([]);
});

test("a download whose worker and browser are killed on the way is checked as a whole", async ({
  browserApp,
  page,
  site,
}) => {
  const integrity = hashOf(await site.sha256(PATH));
  await page.evaluate(
    async ([url, hash]) => {
      const session = await app.open();
      await session.downloadTask({ url: `${url}?throttle=8MB`, integrity: hash }, { id: "file" }).resume();
    },
    [PATH, integrity] as const,
  );
  const received = () => rowsOnDisk(page, "tasks").then(([row]) => row?.bytesReceived ?? 0);
  await expect.poll(received).toBeGreaterThan(0);
  await browserApp.stopWorkers(page);
  await expect.poll(received).toBeGreaterThan(10_000_000);
  await browserApp.killAndRestart();
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  await expectFile(next, "file", await site.sha256(PATH));
});

test("retry() and resume data keep the integrity", async ({ page, site }) => {
  const ends = await page.evaluate(
    async ([url, good]) => {
      const session = await app.open();
      const bad = session.downloadTask({ url, integrity: `sha256-${"A".repeat(43)}=` });
      void bad.resume();
      await bad.completed;
      const again = session.retry(bad);
      void again.resume();
      const slow = session.downloadTask({ url: `${url}?throttle=4MB`, integrity: good });
      await slow.resume();
      while (slow.countOfBytesReceived === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      const resumeData = await slow.cancelByProducingResumeData();
      if (resumeData === undefined) throw new Error("no resume data");
      const rest = session.downloadTask({ resumeData, request: `${url}?seed=2` });
      void rest.resume();
      return Promise.all([again, rest].map(async ({ completed }) => (await completed).error?.code));
    },
    [PATH, hashOf(await site.sha256(PATH))] as const,
  );
  // The other address has another file, whose validator differs; it is fetched anew, and found out.
  expect(ends).toEqual(["integrity-mismatch", "integrity-mismatch"]);
});

test("an own worker without the check is a TypeError that names the import", async ({ page }) => {
  const message = await page.evaluate(async () => {
    const session = await app.open("test", { serviceWorker: "/own-worker.js" });
    try {
      session.downloadTask({ url: "/files/1MB.bin", integrity: `sha256-${"A".repeat(43)}=` });
      return "made";
    } catch (error) {
      return String(error);
    }
  });
  expect(message).toMatch(/^TypeError: .*import \{ integrity \} from "background-session\/integrity"/);
});
