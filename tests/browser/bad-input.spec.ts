import type { BackgroundSession } from "../../src/app/index.ts";
import { dumpDatabase } from "../support/database-dump.ts";
import { expect, test } from "../support/fixtures.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";
import { thrownBy } from "../support/thrown-by.ts";

declare global {
  /** The session, in the page, that the calls below use. */
  var session: BackgroundSession;
}

/** A call, and the message of the error that it must throw. */
type Cases = Record<string, readonly [call: () => unknown, message: RegExp]>;

const ADDRESSES: Cases = {
  ftp: [() => session.downloadTask("ftp://example.com/a"), /Only http: and https: .* not ftp:/],
  javascript: [() => session.downloadTask("javascript:alert(1)"), /not javascript:/],
  data: [() => session.dataTask("data:text/plain,hello"), /not data:/],
  blob: [() => session.dataTask(URL.createObjectURL(new Blob(["x"]))), /not blob:/],
  file: [() => session.downloadTask("file:///etc/passwd"), /not file:/],
  "port of X11": [
    () => session.downloadTask("http://example.com:6000/a"),
    /do not send requests to port 6000/,
  ],
  "port of SSH, as a Request": [() => session.dataTask(new Request("https://example.com:22/")), /to port 22/],
  "port of SMTP, for an upload": [() => session.uploadTask("http://example.com:25/", "x"), /to port 25/],
};

const REQUESTS: Cases = {
  garbage: [() => session.downloadTask("http://"), /"http:\/\/" is not a valid URL/],
  "garbage host": [() => session.downloadTask("https://[::1/"), /is not a valid URL/],
  credentials: [() => session.downloadTask("https://user:secret@example.com/"), /credentials/],
  nothing: [() => session.downloadTask(undefined as never), /must be a URL, a Request, or an object/],
  null: [() => session.downloadTask(null as never), /must be a URL, a Request, or an object/],
  number: [() => session.downloadTask(42 as never), /must be a URL, a Request, or an object/],
  "no url": [() => session.dataTask({ method: "POST" } as never), /must be a URL, a Request, or an object/],
  "header name": [() => session.dataTask({ url: "/", headers: { "a b": "1" } }), /./],
  "header value": [() => session.dataTask({ url: "/", headers: { a: "1\n2" } }), /./],
  method: [() => session.dataTask({ url: "/", method: "a b" }), /a b|Method/],
  "forbidden method": [() => session.dataTask({ url: "/", method: "TRACE" }), /TRACE|Method/],
  "body of a GET": [
    () => session.dataTask({ url: "/", body: "x" }),
    /GET or HEAD request cannot have a body/,
  ],
  "locked stream as a body": [
    () => {
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>();
      body.getReader();
      return session.dataTask({ url: "/", method: "POST", body });
    },
    /locked|used|disturbed/i,
  ],
  "object as a body": [
    () => session.dataTask({ url: "/", method: "POST", body: { a: 1 } as never }),
    /body must be a string/,
  ],
  "mode no-cors": [() => session.dataTask(new Request("/", { mode: "no-cors" })), /use "cors"/],
  "redirect error": [
    () => session.dataTask(new Request("/", { redirect: "error" })),
    /Redirects are always followed/,
  ],
  authorization: [
    () => session.dataTask({ url: "/", headers: { Authorization: "Bearer x" } }),
    /"authorization" would be stored.*willSend.*storeCredentials/,
  ],
  "authorization in a Request": [
    () => session.downloadTask(new Request("/", { headers: { AUTHORIZATION: "x" } })),
    /willSend/,
  ],
  "secret header": [
    () => session.dataTask({ url: "/", headers: { "X-Api-Key": "x" } }),
    /"x-api-key" would be stored.*storeCredentials/,
  ],
};

const OPTIONS: Cases = {
  misspelt: [() => session.downloadTask("/", { earliestBeginDay: 1 } as never), /earliestBeginDay.*misspelt/],
  "method, as in fetch": [
    () => session.dataTask("/", { method: "POST" } as never),
    /method is not an option of data tasks \(properties of the request go into the first argument: \{ url, method \}\)/,
  ],
  "headers of an upload": [
    () => session.uploadTask("/", "x", { headers: {} } as never),
    /headers is not an option of upload tasks .* first argument/,
  ],
  "priority in a request": [
    () => session.dataTask({ url: "/", priority: 1 } as never),
    /"priority" is not a property of a request \(options of the task go into another argument\)/,
  ],
  id: [() => session.downloadTask("/", { id: "" }), /id must be a string of 1 to/],
  "idempotencyKey with other letters": [
    () => session.dataTask({ url: "/", method: "POST" }, { idempotencyKey: "ключ" }),
    /idempotencyKey must be .* printable ASCII/,
  ],
  "idempotencyKey with two lines": [
    () => session.uploadTask("/", "x", { idempotencyKey: "a\nb" }),
    /idempotencyKey must be .* printable ASCII/,
  ],
  "resumeAt without a protocol": [
    () => session.uploadTask("/", "x", { resumeAt: "/tus/1" }),
    /resumeAt needs protocol: "tus" or "ietf"/,
  ],
  "resumeAt that is no URL": [
    () => session.uploadTask("/", "x", { protocol: "tus", resumeAt: "ftp://example.com/1" }),
    /resumeAt must be a string with an http: or https: URL/,
  ],
  "metadata named with other letters": [
    () => session.uploadTask("/", "x", { protocol: "tus", metadata: { 名前: "x" } }),
    /metadata must be .* names of printable ASCII/,
  ],
  "long id": [() => session.downloadTask("/", { id: "x".repeat(1025) }), /id must be a string of 1 to/],
  "id that is a number": [() => session.downloadTask("/", { id: 1 as never }), /id must be a string/],
  onDuplicate: [() => session.downloadTask("/", { onDuplicate: "drop" as never }), /"keep" or "replace"/],
  description: [
    () => session.downloadTask("/", { description: {} as never }),
    /description must be a string/,
  ],
  priority: [() => session.downloadTask("/", { priority: 1.1 }), /priority must be a number from 0 to 1/],
  "priority NaN": [() => session.downloadTask("/", { priority: Number.NaN }), /from 0 to 1/],
  "description of a handle": [
    () => {
      session.downloadTask("/", { id: "never resumed either" }).description = 5 as never;
    },
    /description must be a string or undefined/,
  ],
  "priority of a handle": [
    () => {
      session.downloadTask("/", { id: "never resumed" }).priority = -1;
    },
    /priority must be a number from 0 to 1/,
  ],
  date: [() => session.downloadTask("/", { earliestBeginDate: new Date("soon") }), /valid Date/],
  retry: [() => session.downloadTask("/", { retry: { limit: -1 } }), /retry.limit must be a number from 0/],
  "retry.unsafe": [() => session.downloadTask("/", { retry: { unsafe: 1 as never } }), /must be a boolean/],
  signal: [() => session.downloadTask("/", { signal: {} as never }), /signal must be an AbortSignal/],
  idempotencyKey: [() => session.dataTask("/", { idempotencyKey: "" }), /idempotencyKey must be/],
  handler: [() => session.dataTask("/", { completion: { handler: "" } }), /completion must be/],
  "handler that is a function": [
    () => session.dataTask("/", { completion: { handler: (() => {}) as never } }),
    /completion must be/,
  ],
  "context with a function": [
    () => session.dataTask("/", { completion: { handler: "sent", context: { now: () => {} } } }),
    /context must be something that can be stored.*no functions/,
  ],
  "context with an element": [
    () => session.dataTask("/", { completion: { handler: "sent", context: document } }),
    /context must be something that can be stored/,
  ],
};

const OPENINGS: Cases = {
  empty: [() => app.BackgroundSession.open(""), /string of 1 to 256 characters/],
  long: [() => app.BackgroundSession.open("x".repeat(257)), /string of 1 to 256 characters/],
  number: [() => app.BackgroundSession.open(7 as never), /string of 1 to 256 characters/],
  nothing: [() => app.BackgroundSession.open(undefined as never), /string of 1 to 256 characters/],
  delete: [() => app.BackgroundSession.delete(""), /string of 1 to 256 characters/],
  option: [() => app.open("a", { onbusy: "wait" } as never), /"onbusy" is not an option/],
  onBusy: [() => app.open("a", { onBusy: "steal" as never }), /"observe", "wait", "take-over" or "fail"/],
  handlers: [() => app.open("a", { completionHandlers: { x: 1 as never } }), /\["x"\] must be a function/],
  property: [
    () => app.open("a", { configuration: { timeoutInterval: 1 } as never }),
    /configuration.timeoutInterval is not a property.*misspelt/,
  ],
  "negative time": [
    () => app.open("a", { configuration: { timeoutIntervalForRequest: -1 } }),
    /timeoutIntervalForRequest must be a number greater than 0/,
  ],
  "time that is a string": [
    () => app.open("a", { configuration: { timeoutIntervalForResource: "1d" as never } }),
    /timeoutIntervalForResource must be a number/,
  ],
  "additional header": [
    () => app.open("a", { configuration: { httpAdditionalHeaders: { "a b": "1" } } }),
    /./,
  ],
  secretHeaders: [
    () => app.open("a", { configuration: { secretHeaders: "x-key" as never } }),
    /array of header names/,
  ],
  retry: [() => app.open("a", { configuration: { retry: { limit: "many" as never } } }), /retry.limit/],
};

test.beforeEach(async ({ page }) => {
  await page.evaluate(async () => {
    globalThis.session = await app.open("test", { configuration: { secretHeaders: ["X-Api-Key"] } });
  });
});

async function expectRefusals(page: TestPage, cases: Cases): Promise<void> {
  for (const [name, [call, message]] of Object.entries(cases)) {
    const thrown = await thrownBy(page, call);
    expect.soft(thrown?.name, name).toBe("TypeError");
    expect.soft(thrown?.message, name).toMatch(message);
  }
}

test("a URL that cannot be transferred is refused at the call", async ({ page, site }) => {
  const before = await dumpDatabase(page);
  for (const [name, [call, message]] of Object.entries(ADDRESSES)) {
    const thrown = await thrownBy(page, call);
    expect
      .soft(thrown, name)
      .toMatchObject({ name: "SessionError", code: "unsupported-url", isAtOnce: true });
    expect.soft(thrown?.message, name).toMatch(message);
  }
  await startDownload(page, "good", "/files/100KB.bin");
  await expectFile(page, "good", await site.sha256("/files/100KB.bin"));
  expect(before.tasks).toBe("[]");
  expect(await page.evaluate(() => session.tasks().length)).toBe(0);
});

test("an invalid request is refused at the call and leaves no task", async ({ page, site }) => {
  await expectRefusals(page, REQUESTS);
  await startDownload(page, "good", "/files/100KB.bin");
  await expectFile(page, "good", await site.sha256("/files/100KB.bin"));
  expect(await page.evaluate(() => session.tasks().length)).toBe(0);
});

test("an invalid option is refused at the call and leaves no task", async ({ page, site }) => {
  await expectRefusals(page, OPTIONS);
  await startDownload(page, "good", "/files/100KB.bin");
  await expectFile(page, "good", await site.sha256("/files/100KB.bin"));
  expect(await page.evaluate(() => session.tasks().map(({ id }) => id))).toEqual([
    "never resumed either",
    "never resumed",
  ]);
});

test("an invalid identifier or configuration is refused and opens nothing", async ({ page }) => {
  await expectRefusals(page, OPENINGS);
  expect(await page.evaluate(() => app.BackgroundSession.identifiers({ serviceWorker: "/sw.js" }))).toEqual([
    "test",
  ]);
});

test("a credential header is stored if the app allows it", async ({ page, site }) => {
  await page.evaluate(async () => {
    const request = { url: "/echo", headers: { Authorization: "Bearer x" } };
    const task = session.dataTask(request, { storeCredentials: true });
    void task.resume();
    await task.completed;
  });
  expect(site.requests("/echo")[0]?.headers.authorization).toBe("Bearer x");
});

test("a closed session throws at the call", async ({ page }) => {
  await page.evaluate(() => session.close());
  expect(await thrownBy(page, () => session.downloadTask("/"))).toMatchObject({
    name: "SessionError",
    code: "session-invalidated",
    message: expect.stringContaining("open the session again"),
    isAtOnce: true,
  });
});

test("later changes to the arguments have no effect", async ({ page, site }) => {
  await page.evaluate(async () => {
    const headers = { "x-one": "1" };
    const context = { list: [1] };
    const bytes = new TextEncoder().encode("abc");
    const request = { url: "/echo", method: "POST", headers, body: bytes };
    const options = { id: "snap", completion: { handler: "sent", context } };
    const task = session.dataTask(request, options);
    headers["x-one"] = "2";
    context.list.push(2);
    bytes.fill(0);
    request.url = "/text";
    options.id = "other";
    await task.resume();
  });
  await expect
    .poll(async () => (await page.evaluate(() => app.entries())).find(({ type }) => type === "handler"))
    .toMatchObject({ context: { list: [1] }, text: expect.stringContaining('"bodyText": "abc"') });
  expect(site.requests("/echo")[0]?.headers["x-one"]).toBe("1");
});
