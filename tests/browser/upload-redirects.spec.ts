import { expect, test } from "../support/fixtures.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { startUpload } from "../support/start-upload.ts";
import { endOf, expectFailure } from "../support/task-end.ts";
import { uploadBytes } from "../support/upload-bytes.ts";

const SIZE = 600_000;
const STATUSES = [301, 302, 303, 307, 308];
const REQUEST = { method: "POST", headers: { "x-key": "secret" } };

const PROTOCOLS = ["tus", "ietf"] as const;
/** Which of an upload's requests are redirected. */
const REDIRECTED = {
  "the creation": "POST",
  "a chunk and its offset query": "PATCH,HEAD",
  "a chunk alone": "PATCH",
};

test("a redirect of an upload's requests to another origin ends the task, and nothing of it goes there", async ({
  page,
  site,
}) => {
  const rows = PROTOCOLS.flatMap((protocol) =>
    Object.entries(REDIRECTED).flatMap(([what, where]) =>
      STATUSES.map((status) => ({ id: `${protocol}: ${what}, ${status}`, protocol, where, status })),
    ),
  );
  for (const { id, protocol, where, status } of rows) {
    const query = `redirect=1&redirectTo=cross&redirectStatus=${status}&redirectOn=${where}&cors=basic&preflight=ok`;
    await startUpload(page, id, { url: `/${protocol}?${query}`, ...REQUEST }, SIZE, { protocol });
  }
  for (const { id } of rows) await expectFailure(page, id, "bad-response");
  const messages: Record<string, string> = await page.evaluate(async () =>
    Object.fromEntries((await app.rows("tasks")).map(({ id, failure }) => [id, failure?.message])),
  );
  expect(Object.keys(messages)).toHaveLength(rows.length);
  for (const { id, where } of rows) {
    // If only the chunk is redirected, nothing can follow the redirect without sending the bytes.
    const target = where === "PATCH,HEAD" ? site.crossOrigin : "an address that cannot be read from here";
    expect(messages[id], id).toContain(`${site.origin} redirects the `);
    if (where !== "POST") expect(messages[id], id).toContain(target);
  }
  for (const { method, headers, url } of site.requests(({ listener }) => listener === "cross")) {
    expect(method, url).toBe("HEAD");
    expect(headers["x-key"], url).toBeUndefined();
    expect(headers["upload-offset"], url).toBeUndefined();
  }
});

test("a same-origin redirect of an upload is followed, whatever its status", { tag: "@core" }, async ({
  page,
  site,
}) => {
  const rows = PROTOCOLS.flatMap((protocol) =>
    STATUSES.map((status) => ({ id: `${protocol}: ${status}`, protocol, status })),
  );
  for (const { id, protocol, status } of rows) {
    const url = `/${protocol}?redirect=2&redirectStatus=${status}`;
    await startUpload(page, id, { url, ...REQUEST }, SIZE, { protocol });
  }
  for (const { id } of rows) expect(await endOf(page, id), id).toMatchObject([{ type: "didComplete" }]);
  for (const protocol of PROTOCOLS) {
    const whole = (await site.storedUploads(protocol)).map(({ sizeBytes, sha256 }) => [sizeBytes, sha256]);
    expect(whole, protocol).toEqual(STATUSES.map(() => [SIZE, sha256Of(uploadBytes(SIZE))]));
  }
});

/** How a redirect to another origin changes a request that is not a resumable upload: the rules of `fetch`. */
const RULES = [
  { status: 301, sent: "POST", got: "GET", text: undefined },
  { status: 302, sent: "POST", got: "GET", text: undefined },
  { status: 303, sent: "POST", got: "GET", text: undefined },
  { status: 307, sent: "POST", got: "POST", text: "hello" },
  { status: 308, sent: "POST", got: "POST", text: "hello" },
  { status: 301, sent: "PUT", got: "PUT", text: "hello" },
  { status: 302, sent: "PUT", got: "PUT", text: "hello" },
  { status: 303, sent: "PUT", got: "GET", text: undefined },
  { status: 307, sent: "PUT", got: "PUT", text: "hello" },
];

const KINDS = ["dataTask", "uploadTask"] as const;

test("redirects to another origin follow the rules of fetch, without Authorization", async ({
  page,
  site,
}) => {
  const rows = KINDS.flatMap((kind) => RULES.map((rule) => ({ kind, ...rule })));
  for (const { kind, status, sent, got, text } of rows) {
    const name = `${kind}-${sent}-${status}`;
    const url = `/echo?redirect=1&redirectTo=cross&redirectStatus=${status}&cors=expose&preflight=ok&key=${name}`;
    const echo = await page.evaluate(
      async ({ kind, url, method }) => {
        const session = app.BackgroundSession.current("test") ?? (await app.open());
        const headers = { authorization: "Bearer x", "x-key": "1", "content-type": "text/plain" };
        const options = { storeCredentials: true };
        const task =
          kind === "dataTask"
            ? session.dataTask({ url, method, headers, body: "hello" }, options)
            : session.uploadTask({ url, method, headers }, "hello", options);
        void task.resume();
        const { response, error } = await task.completed;
        return error === undefined ? response?.json() : String(error);
      },
      { kind, url, method: sent },
    );
    expect(echo, name).toMatchObject({ method: got, bodyBytes: text?.length ?? 0 });
    expect([echo.bodyText || undefined, echo.headers.authorization], name).toEqual([text, undefined]);
    expect(echo.headers["x-key"], name).toBe("1");
  }
  expect(site.requests(({ listener, method }) => listener === "cross" && method !== "OPTIONS")).toHaveLength(
    rows.length,
  );
});

test("a redirect to an origin that does not allow it carries nothing there", async ({ page, site }) => {
  const rows = KINDS.flatMap((kind) => [307, 308].map((status) => ({ kind, status })));
  for (const { kind, status } of rows) {
    const url = `/echo?redirect=1&redirectTo=cross&redirectStatus=${status}&cors=none&preflight=fail&key=${kind}-${status}`;
    await page.evaluate(
      async ({ kind, url }) => {
        const session = app.BackgroundSession.current("test") ?? (await app.open());
        const request = { url, method: "POST", headers: { "x-key": "1" } };
        const options = { id: url, retry: { unsafe: false } };
        const task =
          kind === "dataTask"
            ? session.dataTask({ ...request, body: "hello" }, options)
            : session.uploadTask(request, "hello", options);
        await task.resume();
        return (await task.completed).error?.code;
      },
      { kind, url },
    );
  }
  for (const { method, url } of site.requests(({ listener }) => listener === "cross"))
    expect(["OPTIONS", "HEAD"], url).toContain(method);
});
