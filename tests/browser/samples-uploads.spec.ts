import { corsRuleOfDocs } from "../support/cors-rule-of-docs.ts";
import { expect, test } from "../support/fixtures.ts";
import { Guide } from "../support/guide.ts";
import { presignOfDocs } from "../support/presign-of-docs.ts";
import { routeBucket } from "../support/servers/route-bucket.ts";
import { isSignedBy } from "../support/signed-by.ts";

// The samples of the guides that are about uploads, as they are printed, beside those of `upload-recipes`.

/** The length of the file that the page has for the samples. */
const SIZE = 300_000;
const METADATA = "upload-metadata";

/** What a tus upload says about itself, by names. */
function metadataOf(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const pairs = String(headers[METADATA] ?? "").split(",");
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = "", value = ""] = pair.split(" ");
      return [name, Buffer.from(value, "base64").toString()];
    }),
  );
}

test("the samples of the guide to uploads", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "uploads.md");
  const { page } = guide;
  const creations = () => site.requests(({ path, method }) => path === "/tus" && method === "POST");

  await test.step("the delegate reads the body of the response", async () => {
    await guide.run("const { response } = await task.completed;");
    await guide.openSession();
    await page.evaluate(async () => {
      for (const url of ["/echo", "/status/404"]) await session.uploadTask(url, file, { id: url }).resume();
    });
    await expect
      .poll(() => guide.calls())
      .toEqual([["album.mark", "/echo", expect.objectContaining({ method: "POST", bodyBytes: SIZE })]]);
  });

  await test.step("an upload that was cancelled continues from what the server has", async () => {
    await guide.openSession();
    await page.evaluate(async () => {
      const photo = new Blob([new Uint8Array(3_000_000)]);
      const task = session.uploadTask("/tus?throttle=1MB", photo, { protocol: "tus" });
      await task.resume();
      while (task.countOfBytesSent === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      Object.assign(globalThis, { task });
    });
    await guide.goOn("task.cancelByProducingResumeData()");
    await expect.poll(() => page.evaluate(() => session.getSnapshot().counts.succeeded)).toBe(1);
    expect(creations()).toHaveLength(1);
    expect(site.requests(({ method }) => method === "HEAD").length).toBeGreaterThan(0);
    expect(await site.storedUploads("tus")).toMatchObject([{ sizeBytes: 3_000_000 }]);
  });

  await test.step("an upload that the app's server has created is filled", async () => {
    site.route("/videos", async (_, response) => {
      const headers = { "tus-resumable": "1.0.0", "upload-length": String(SIZE) };
      const created = await fetch(`${site.origin}/tus`, { method: "POST", headers });
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({ uploadUrl: new URL(created.headers.get("location") ?? "", site.origin) }),
      );
    });
    await guide.openSession();
    const before = creations().length;
    await guide.goOn("resumeAt: uploadUrl");
    await expect.poll(() => page.evaluate(() => session.getSnapshot().counts.succeeded)).toBe(1);
    expect(creations()).toHaveLength(before + 1);
    expect(await site.storedUploads("tus")).toContainEqual(expect.objectContaining({ sizeBytes: SIZE }));
  });

  await test.step("metadata is sent, and the name and the type of the file with it", async () => {
    await guide.openSession();
    const before = creations().length;
    await guide.goOn('metadata: { album: "Summer" }');
    await expect.poll(() => creations().length).toBe(before + 1);
    expect(metadataOf(creations().at(-1)?.headers ?? {})).toEqual({
      album: "Summer",
      filename: "7.jpg",
      filetype: "image/jpeg",
    });
  });
});

test("the guide's worker with both protocols uploads by each", async ({ browserApp, site }) => {
  const worker = "startDaemon({ uploadProtocols: [tus, ietf] });";
  const guide = await Guide.open(browserApp, site, "uploads.md", { worker });
  await guide.openSession();
  await guide.page.evaluate(async () => {
    for (const protocol of ["tus", "ietf"])
      await session.uploadTask(`/${protocol}`, file, { protocol }).resume();
  });
  for (const protocol of ["tus", "ietf"] as const)
    await expect.poll(() => site.storedUploads(protocol)).toMatchObject([{ sizeBytes: SIZE }]);
});

test("the guide's hook adds a token for one server, and waits for the user of the task", async ({
  browserApp,
  site,
}) => {
  let user = "Ada";
  site.route("/user", (_, response) => void response.end(user));
  const guide = await Guide.open(browserApp, site, "uploads.md", {
    worker: "(task.context as { user: string })",
    supplied: `
      globalThis.signedInUser = async () => (await fetch("/user")).text();
      globalThis.freshToken = async () => "fresh";`,
    adapted: { "https://api.example.com": site.origin },
  });
  await guide.openSession();
  const statuses = await guide.page.evaluate(async (other) => {
    const ends: unknown[] = [];
    for (const origin of [location.origin, other]) {
      const context = { user: "Ada" };
      const task = session.dataTask(`${origin}/echo`, { completion: { handler: "sent", context } });
      await task.resume();
      ends.push((await task.completed).response?.status);
    }
    return ends;
  }, site.crossOrigin);
  expect(statuses).toEqual([200, 200]);
  expect(site.requests("/echo").map(({ headers }) => headers.authorization)).toEqual([
    "Bearer fresh",
    undefined,
  ]);
  await guide.page.evaluate(async () => {
    const completion = { handler: "sent", context: { user: "Bob" } };
    await session.dataTask("/echo", { id: "Bob's", completion }).resume();
  });
  const activity = () => guide.page.evaluate(() => session.task("Bob's")?.activity);
  await expect.poll(activity).toBe("needs-authorization");
  expect(site.requests("/echo")).toHaveLength(2);
  user = "Bob";
  await guide.page.evaluate(() => session.task("Bob's")?.resume());
  await expect.poll(() => site.requests("/echo").length).toBe(3);
});

test("the guide's hook sends PATCH and DELETE as POST", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "uploads.md", { worker: "X-HTTP-Method-Override" });
  await guide.openSession();
  await guide.page.evaluate(async () => {
    for (const method of ["PATCH", "DELETE", "PUT"]) {
      const task = session.dataTask({ url: "/echo", method, body: method === "DELETE" ? null : "a" });
      await task.resume();
      await task.completed;
    }
  });
  const sent = site
    .requests("/echo")
    .map(({ method, headers }) => [method, headers["x-http-method-override"]]);
  expect(sent).toEqual([
    ["POST", "PATCH"],
    ["POST", "DELETE"],
    ["PUT", undefined],
  ]);
});

test("the guide's worker signs for the bucket with the credentials of the app's server", async ({
  browserApp,
  site,
}) => {
  const key = { id: "ASIAEXAMPLE", secret: "temporary", region: "eu-central-1" };
  const presign = await presignOfDocs();
  const { bucket } = routeBucket(site);
  const { ExposeHeaders = [] } = await corsRuleOfDocs();
  bucket.habits = {
    exposed: ExposeHeaders.join(", "),
    isSigned: (request) => isSignedBy(presign, key, site.crossOrigin, request, "token"),
  };
  const asked: unknown[] = [];
  site.route("/credentials", ({ url }, response) => {
    asked.push(url);
    const expiration = new Date(Date.now() + 3_600_000);
    const credentials = {
      accessKeyId: key.id,
      secretAccessKey: key.secret,
      sessionToken: "token",
      expiration,
    };
    response.setHeader("content-type", "application/json").end(JSON.stringify(credentials));
  });
  const guide = await Guide.open(browserApp, site, "s3.md", { worker: "signWithCredentials({ credentials" });
  await guide.openSession();
  const status = await guide.page.evaluate(async (origin) => {
    const task = session.uploadTask(`${origin}/bucket/7.jpg`, file, { protocol: "s3" });
    await task.resume();
    return (await task.completed).response?.status;
  }, site.crossOrigin);
  expect(status).toBe(200);
  expect(asked).toEqual(["/credentials?user=test"]);
  expect(bucket.objects.get("/bucket/7.jpg")?.sizeBytes).toBe(SIZE);
});

test("the sample of the guide from tus-js-client shows an upload's progress and its end", async ({
  browserApp,
  site,
}) => {
  const guide = await Guide.open(browserApp, site, "from-tus-js-client.md");
  await guide.run('"com.example.photos"');
  await expect.poll(() => guide.calls("row().done")).toEqual([["row().done"]]);
  const shown = (await guide.calls("row().bar")).map(([, fraction]) => Number(fraction));
  expect(shown.length).toBeGreaterThan(0);
  expect(Math.max(...shown)).toBeLessThanOrEqual(1);
  expect(await site.storedUploads("tus")).toMatchObject([{ sizeBytes: SIZE }]);
  expect(metadataOf(site.requests(({ method }) => method === "POST")[0]?.headers ?? {})).toMatchObject({
    album: "Summer",
  });
  const status = await guide.page.evaluate(async () => {
    const task = it.session.uploadTask("/status/403", new Blob(["a"]));
    await task.resume();
    return (await task.completed).response?.status;
  });
  expect(status).toBe(403);
  await expect.poll(() => guide.calls("row().failed")).toEqual([["row().failed", 403]]);
});
