import { expect, test } from "../support/fixtures.ts";
import { Guide } from "../support/guide.ts";
import { routeBucket } from "../support/servers/route-bucket.ts";
import type { TestPage } from "../support/test-browser.ts";

// The samples of the guide to Uppy, as they are printed.

const GUIDE = "uppy.md";
/** The length of the file that the page has for the samples. */
const SIZE = 300_000;

/** Gives Uppy the page's file, as its Dashboard does, and has it uploaded. */
function upload(page: TestPage, meta: object = {}): Promise<void> {
  return page.evaluate(async (meta) => {
    const { uppy } = { ...globalThis, ...it };
    uppy.addFile({ name: file.name, type: file.type, data: file, meta });
    await uppy.upload();
  }, meta);
}

test("the lines of the guide to Uppy show a Dashboard, upload by tus, and tell the URL", async ({
  browserApp,
  site,
}) => {
  const guide = await Guide.open(browserApp, site, GUIDE);
  await guide.run('endpoint: "/tus"');
  await guide.page.waitForFunction(() => document.querySelector("#photos .uppy-Dashboard") !== null);
  await upload(guide.page);
  const [line] = await guide.calls("console.log");
  expect(line?.slice(0, 3)).toEqual(["console.log", "7.jpg", expect.stringContaining(`${site.origin}/tus/`)]);
  expect(await site.storedUploads("tus")).toMatchObject([{ sizeBytes: SIZE }]);
});

// The samples that make an Uppy without a name: its `id` finds it.
const made = (id: string) => ({
  [`new Uppy({ id: "${id}" })`]: `globalThis.uppy = new Uppy({ id: "${id}" })`,
});

test("an endpoint of Uppy can be a function of the file", async ({ browserApp, site }) => {
  site.route("/films/*", (request, response) => void request.resume().once("end", () => response.end("{}")));
  const guide = await Guide.open(browserApp, site, GUIDE, { adapted: made("films") });
  await guide.page.evaluate(() => around.open("com.example.films"));
  await guide.goOn('queue: "films"');
  await upload(guide.page, { album: "Summer" });
  const [request] = site.requests(({ method }) => method === "PUT");
  expect(request).toMatchObject({ path: "/films/Summer", headers: { "x-name": "7.jpg" } });
  const queues = await guide.page.evaluate(() =>
    BackgroundSession.current("com.example.films")
      ?.getSnapshot()
      .finished.map(({ queue }) => queue),
  );
  expect(queues).toEqual(["films"]);
});

test("the completion of Uppy gets the response with the identifier of the event", async ({
  browserApp,
  site,
}) => {
  site.route(
    "/photos",
    (request, response) => void request.resume().once("end", () => response.end('{"photo":7}')),
  );
  const guide = await Guide.open(browserApp, site, GUIDE, { adapted: made("photos") });
  await guide.openSession();
  await guide.goOn("async completion(");
  await upload(guide.page);
  await expect
    .poll(() => guide.calls("album"))
    .toEqual([
      ["album.addOnce", expect.any(String), expect.objectContaining({ name: "7.jpg" }), { photo: 7 }],
    ]);
});

test("Uppy uploads to a bucket, and tells the URL of the object", async ({ browserApp, site }) => {
  const { bucket } = routeBucket(site);
  const address = `${site.crossOrigin}/bucket`;
  const guide = await Guide.open(browserApp, site, GUIDE, {
    script: "/s3-recipe-worker.js",
    adapted: { "https://bucket.s3.eu-central-1.amazonaws.com": address },
  });
  await guide.openSession();
  await guide.goOn("const bucket = ");
  await upload(guide.page, { album: "Summer" });
  const [[, name, url] = []] = await guide.calls("console.log");
  expect([name, url]).toEqual([
    "7.jpg",
    expect.stringMatching(new RegExp(`^${address}/[-0-9a-f]{36}-7.jpg$`)),
  ]);
  expect([...bucket.objects.values()].map(({ sizeBytes }) => sizeBytes)).toEqual([SIZE]);
});
