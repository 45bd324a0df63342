import { expect, test } from "../support/fixtures.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { startUpload } from "../support/start-upload.ts";
import { endOf, expectFailure } from "../support/task-end.ts";
import { uploadBytes } from "../support/upload-bytes.ts";

const SIZE = 600_000;
const STATUSES = [301, 302, 303, 307, 308];
const REQUEST = { method: "POST", headers: { "x-key": "secret" } };

for (const kind of ["tus", "ietf"] as const) {
  for (const [what, where] of [
    ["the creation", "POST"],
    ["a chunk and its offset query", "PATCH,HEAD"],
    ["a chunk alone", "PATCH"],
  ] as const) {
    test(`${kind}: a redirect of ${what} to another origin ends the task, and nothing of it goes there`, async ({
      page,
      site,
    }) => {
      for (const status of STATUSES) {
        const query = `redirect=1&redirectTo=cross&redirectStatus=${status}&redirectOn=${where}&cors=basic&preflight=ok`;
        const url = `/${kind}?${query}`;
        await startUpload(page, `photo-${status}`, { url, ...REQUEST }, SIZE, { protocol: kind });
        await expectFailure(page, `photo-${status}`, "bad-response");
      }
      const messages: string[] = await page.evaluate(async () =>
        (await app.rows("tasks")).map(({ failure }) => failure?.message),
      );
      // If only the chunk is redirected, nothing can follow the redirect without sending the bytes.
      const target = where === "PATCH,HEAD" ? site.crossOrigin : "an address that cannot be read from here";
      expect(messages).toHaveLength(STATUSES.length);
      for (const message of messages) expect(message).toContain(`${site.origin} redirects the `);
      if (where !== "POST") for (const message of messages) expect(message).toContain(target);
      for (const { method, headers } of site.requests(({ listener }) => listener === "cross")) {
        expect(method).toBe("HEAD");
        expect(headers["x-key"]).toBeUndefined();
        expect(headers["upload-offset"]).toBeUndefined();
      }
    });
  }

  test(`${kind}: a same-origin redirect is followed, whatever its status`, { tag: "@core" }, async ({
    page,
    site,
  }) => {
    for (const status of STATUSES) {
      const url = `/${kind}?redirect=2&redirectStatus=${status}`;
      await startUpload(page, `photo-${status}`, { url, ...REQUEST }, SIZE, { protocol: kind });
      expect(await endOf(page, `photo-${status}`)).toMatchObject([{ type: "didComplete" }]);
    }
    const whole = (await site.storedUploads(kind)).map(({ sizeBytes, sha256 }) => [sizeBytes, sha256]);
    expect(whole).toEqual(STATUSES.map(() => [SIZE, sha256Of(uploadBytes(SIZE))]));
  });
}

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

for (const kind of ["dataTask", "uploadTask"] as const) {
  test(`${kind}: redirects to another origin follow the rules of fetch, without Authorization`, async ({
    page,
    site,
  }) => {
    for (const { status, sent, got, text } of RULES) {
      const url = `/echo?redirect=1&redirectTo=cross&redirectStatus=${status}&cors=expose&preflight=ok&key=${kind}-${sent}-${status}`;
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
      expect(echo, `${sent} ${status}`).toMatchObject({ method: got, bodyBytes: text?.length ?? 0 });
      expect([echo.bodyText || undefined, echo.headers.authorization]).toEqual([text, undefined]);
      expect(echo.headers["x-key"]).toBe("1");
    }
    expect(
      site.requests(({ listener, method }) => listener === "cross" && method !== "OPTIONS"),
    ).toHaveLength(RULES.length);
  });

  test(`${kind}: a redirect to an origin that does not allow it carries nothing there`, async ({
    page,
    site,
  }) => {
    for (const status of [307, 308]) {
      const url = `/echo?redirect=1&redirectTo=cross&redirectStatus=${status}&cors=none&preflight=fail&key=${status}`;
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
    const reached = site.requests(({ listener }) => listener === "cross");
    expect(
      reached.map(({ method }) => method).every((method) => method === "OPTIONS" || method === "HEAD"),
    ).toBe(true);
  });
}
