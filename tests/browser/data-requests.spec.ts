import { createHash } from "node:crypto";
import type { Echo } from "../../server/echo.ts";
import type { JournalEntry } from "../support/app/journal.ts";
import { expect, test } from "../support/fixtures.ts";
import { startTask } from "../support/start-task.ts";
import { endOf } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

const POST = { method: "POST", body: "two apples" };
const SENT = { completion: { handler: "sent", context: { order: 7, of: ["apples"] } } };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Waits for the end of a task with the handler `sent`, which must be called once. */
async function handled(page: TestPage, id: string): Promise<JournalEntry> {
  const noted = await endOf(page, id);
  expect(noted.map(({ type }) => type)).toEqual(["didComplete"]);
  const handlings = (await page.evaluate(() => app.entries())).filter(({ type }) => type === "handler");
  expect(handlings).toHaveLength(1);
  return handlings[0] as JournalEntry;
}

function echoOf({ text = "null" }: JournalEntry): Echo {
  return JSON.parse(text) as Echo;
}

test("the answer to a POST goes to the handler of that name, with its context", async ({ page, site }) => {
  await startTask(page, "dataTask", "post", { url: "/echo", ...POST }, SENT);
  const handling = await handled(page, "post");
  expect(handling).toMatchObject({ id: "sent", status: 200, context: SENT.completion.context });
  expect(handling.error).toBeUndefined();
  expect(echoOf(handling)).toMatchObject({ method: "POST", bodyText: "two apples", count: 1 });
  expect(site.requests("/echo")).toHaveLength(1);
});

test("a POST has the same Idempotency-Key in all its attempts", async ({ page, site }) => {
  const url = "/echo?after=cut&afterTimes=2";
  await startTask(page, "dataTask", "post", { url, ...POST }, SENT);
  const handling = await handled(page, "post");
  // A request that twice got no answer may be followed by a HEAD that looks for a redirect.
  const posts = site.requests("/echo").filter(({ method }) => method === "POST");
  const keys = posts.map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(UUID);
  expect(echoOf(handling)).toMatchObject({ bodyText: "two apples", idempotencyKey: keys[0], count: 3 });
});

test("two POSTs have two keys", async ({ page, site }) => {
  await startTask(page, "dataTask", "one", { url: "/echo", ...POST });
  await startTask(page, "dataTask", "two", { url: "/echo", ...POST });
  await Promise.all([endOf(page, "one"), endOf(page, "two")]);
  const keys = site.requests("/echo").map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(2);
});

test("a POST sends the app's own key, or none if the app wants none", async ({ page, site }) => {
  await startTask(page, "dataTask", "own", { url: "/echo?key=own", ...POST }, { idempotencyKey: "order-7" });
  await startTask(page, "dataTask", "none", { url: "/echo?key=none", ...POST }, { idempotencyKey: false });
  await Promise.all([endOf(page, "own"), endOf(page, "none")]);
  expect(site.requests("/echo?key=own")[0]?.headers["idempotency-key"]).toBe("order-7");
  expect(site.requests("/echo?key=none")[0]?.headers["idempotency-key"]).toBeUndefined();
});

test("a PUT needs no key", async ({ page, site }) => {
  await startTask(page, "dataTask", "put", { url: "/echo?after=cut&afterTimes=1", ...POST, method: "PUT" });
  await endOf(page, "put");
  expect(site.requests("/echo").map(({ headers }) => headers["idempotency-key"])).toEqual([
    undefined,
    undefined,
  ]);
});

test("a POST that a busy server refused is sent again", async ({ page, site }) => {
  await startTask(page, "dataTask", "busy", { url: "/echo?status=503&times=2", ...POST }, SENT);
  const handling = await handled(page, "busy");
  expect(handling.status).toBe(200);
  expect(echoOf(handling).bodyText).toBe("two apples");
  expect(site.requests("/echo").map(({ status }) => status)).toEqual([503, 503, 200]);
});

test("a POST with retry.unsafe false is not sent again if no answer came", async ({ page, site }) => {
  const request = { url: "/echo?after=cut", ...POST };
  await startTask(page, "dataTask", "once", request, { ...SENT, retry: { unsafe: false } });
  const handling = await handled(page, "once");
  expect(handling.error).toBe("network-lost");
  expect(site.requests("/echo")).toHaveLength(1);
});

test("a POST with retry.unsafe false treats a 503 as the answer", async ({ page, site }) => {
  const request = { url: "/echo?status=503", ...POST };
  await startTask(page, "dataTask", "once", request, { ...SENT, retry: { unsafe: false } });
  const handling = await handled(page, "once");
  expect(handling).toMatchObject({ status: 503, text: "503 Service Unavailable\n" });
  expect(handling.error).toBeUndefined();
  expect(site.requests("/echo")).toHaveLength(1);
});

test("a GET with retry.unsafe false is sent again", async ({ page, site }) => {
  await startTask(page, "dataTask", "get", "/text?body=x&reset=2", { ...SENT, retry: { unsafe: false } });
  expect((await handled(page, "get")).text).toBe("x");
  expect(site.requests("/text").filter(({ method }) => method === "GET")).toHaveLength(3);
});

test("a 404 is an answer with its text", async ({ page, site }) => {
  await startTask(page, "dataTask", "missing", "/status/404", SENT);
  expect(await handled(page, "missing")).toMatchObject({ status: 404, text: "404 Not Found\n" });
  expect(site.requests("/status/404")).toHaveLength(1);
});

test("a 500 beyond retry.limit is an answer with its text", async ({ page, site }) => {
  await startTask(page, "dataTask", "broken", "/status/500", { ...SENT, retry: { limit: 1 } });
  expect(await handled(page, "broken")).toMatchObject({ status: 500, text: "500 Internal Server Error\n" });
  expect(site.requests("/status/500")).toHaveLength(2);
});

test("an answer without a body is delivered", async ({ page }) => {
  await startTask(page, "dataTask", "empty", "/status/204", SENT);
  expect(await handled(page, "empty")).toMatchObject({ status: 204, text: "" });
});

test("a HEAD is answered with the headers alone", async ({ page, site }) => {
  await startTask(page, "dataTask", "head", { url: "/files/1MB.bin", method: "HEAD" }, SENT);
  expect(await handled(page, "head")).toMatchObject({ status: 200, text: "" });
  expect(site.bytesSent("/files/1MB.bin")).toBe(0);
});

test("a large answer that broke off is delivered whole", async ({ page, site }) => {
  const path = "/files/text-1MB.txt";
  const url = `${path}?throttle=2MB&cut=500KB&cutTimes=1`;
  await startTask(page, "dataTask", "large", url, SENT);
  const { text = "" } = await handled(page, "large");
  expect(createHash("sha256").update(text).digest("hex")).toBe(await site.sha256(path));
  expect(site.requests(path)).toHaveLength(2);
});

test("an answer that breaks off more often than retry.limit is an error", async ({ page, site }) => {
  await startTask(page, "dataTask", "cut", "/text?body=abcdef&cut=3B", { ...SENT, retry: { limit: 1 } });
  const handling = await handled(page, "cut");
  expect(handling.error).toBe("network-lost");
  expect(handling.text ?? "").toBe("");
  expect(site.requests("/text").length).toBeGreaterThan(1);
});

test("every kind of body arrives", { tag: "@core" }, async ({ page }) => {
  const bodies = await page.evaluate(async () => {
    const session = await app.open();
    const form = new FormData();
    form.set("name", "Ada");
    form.set("file", new File(["{}"], "a.json", { type: "application/json" }));
    const bodies = {
      text: "text é",
      params: new URLSearchParams({ a: "1 2" }),
      buffer: new TextEncoder().encode("buffer").buffer as ArrayBuffer,
      view: new TextEncoder().encode("a view").subarray(2),
      blob: new Blob(["blob"], { type: "text/x-blob" }),
      large: new Blob(["x".repeat(300_000)]),
      form,
      empty: new Blob([]),
    };
    const echoes = Object.entries(bodies).map(async ([name, body]) => {
      const task = session.dataTask({ url: `/echo?key=${name}`, method: "POST", body });
      void task.resume();
      const { response } = await task.completed;
      const { bodyText, bodyBytes, headers } = (await response?.json()) ?? {};
      return [name, { text: bodyText, bytes: bodyBytes, type: headers["content-type"] ?? "" }] as const;
    });
    return Object.fromEntries(await Promise.all(echoes));
  });
  expect(bodies).toMatchObject({
    text: { text: "text é", type: "text/plain;charset=UTF-8" },
    params: { text: "a=1+2", type: "application/x-www-form-urlencoded;charset=UTF-8" },
    buffer: { text: "buffer" },
    view: { text: "view" },
    blob: { text: "blob", type: "text/x-blob" },
    large: { bytes: 300_000 },
    empty: { bytes: 0 },
  });
  expect(bodies.form?.type).toMatch(/^multipart\/form-data; ?boundary=/);
  expect(bodies.form?.text).toContain('name="file"; filename="a.json"');
});

test("httpAdditionalHeaders are added if the request has no header of that name", async ({ page, site }) => {
  const configuration = { httpAdditionalHeaders: { "X-App": "1", "X-Both": "session" } };
  const request = { url: "/echo", headers: { "x-both": "task", "x-task": "2" } };
  await startTask(page, "dataTask", "headers", request, { configuration });
  await endOf(page, "headers");
  expect(site.requests("/echo")[0]?.headers).toMatchObject({ "x-app": "1", "x-both": "task", "x-task": "2" });
});

test("a task made right after a configuration change is sent with the new configuration", async ({
  page,
  site,
}) => {
  const sent = ["first", "second", "third"];
  for (const version of sent) {
    await page.evaluate(async (version) => {
      const configuration = { httpAdditionalHeaders: { "x-version": version } };
      const session = await app.open("test", { configuration });
      const task = session.dataTask("/echo", { id: version });
      void task.resume();
      await task.completed;
      await session.close();
    }, version);
  }
  expect(site.requests("/echo").map(({ headers }) => headers["x-version"])).toEqual(sent);
});
