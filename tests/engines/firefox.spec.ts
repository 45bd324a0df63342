import { firefoxPath, withFirefox } from "../support/firefox.ts";
import { completion, expect, test } from "../support/fixtures.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { startUpload } from "../support/start-upload.ts";
import { uploadBytes } from "../support/upload-bytes.ts";

const path = firefoxPath() ?? "";

test.skip(path === "" && process.env.CI === undefined, "Firefox is not installed: set FIREFOX_PATH.");

test("in Firefox a download goes on over a reload and a cut, and ends byte for byte", async ({ site }) => {
  test.slow();
  const url = "/files/6MB.bin?throttle=2MB&cut=3MB&cutTimes=1";
  await withFirefox(path, async (context) => {
    const page = await context.newPage();
    await page.goto(site.origin);
    await page.evaluate(async (address) => {
      const session = await app.open();
      await session.downloadTask(address, { id: "six" }).resume();
    }, url);
    await expect.poll(() => site.bytesSent("/files/6MB.bin")).toBeGreaterThan(1_000_000);
    await page.reload();
    await page.waitForFunction(() => "app" in globalThis);
    const found = await page.evaluate(async () => (await app.open()).tasks().map(app.describe));
    expect(found).toMatchObject([{ id: "six", state: "running" }]);
    const noted = await completion(page, "six");
    expect(noted.map((entry) => entry.type)).toEqual(["didFinishDownloading", "didComplete"]);
    expect(noted[0]?.sha256).toBe(await site.sha256("/files/6MB.bin"));
    expect(site.requests("/files/6MB.bin").map((request) => request.headers.range)).toEqual([
      "bytes=0-",
      expect.stringMatching(/^bytes=[1-9]\d*-$/),
    ]);
  });
});

test("in Firefox a request that the app's hook makes of another has the body of the upload", async ({
  site,
}) => {
  test.slow();
  site.route("/hook", (_, response) => void response.end(JSON.stringify({ url: "/echo?key=signed" })));
  await withFirefox(path, async (context) => {
    const page = await context.newPage();
    await page.goto(site.origin);
    await page.evaluate(() => app.open("test", { serviceWorker: "/sending-worker.js" }));
    await startUpload(page, "photo", "/photos", 3_000_000);
    const noted = await completion(page, "photo", 60_000);
    expect(JSON.parse(noted[0]?.text ?? "").bodySha256).toBe(sha256Of(uploadBytes(3_000_000)));
  });
});

for (const protocol of [undefined, "tus", "ietf"] as const) {
  test(`in Firefox an upload goes on over a reload and comes whole: ${protocol ?? "one request"}`, async ({
    site,
  }) => {
    test.slow();
    const url = `/${protocol ?? "echo"}?throttle=1MB${protocol === undefined ? "" : "&cut=700KB&cutTimes=1"}`;
    await withFirefox(path, async (context) => {
      const page = await context.newPage();
      await page.goto(site.origin);
      await page.evaluate(() => app.open());
      await startUpload(page, "photo", url, 3_000_000, protocol === undefined ? {} : { protocol });
      await page.reload();
      await page.waitForFunction(() => "app" in globalThis);
      await page.evaluate(() => app.open());
      const noted = await completion(page, "photo", 60_000);
      expect(noted).toMatchObject([{ type: "didComplete" }]);
      const sha256 = sha256Of(uploadBytes(3_000_000));
      if (protocol === undefined) expect(JSON.parse(noted[0]?.text ?? "").bodySha256).toBe(sha256);
      else expect((await site.storedUploads(protocol)).map((upload) => upload.sha256)).toEqual([sha256]);
    });
  });
}
