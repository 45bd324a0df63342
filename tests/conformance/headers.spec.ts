import { endedTask } from "../support/ended-task.ts";
import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";

// Named after the cases in TestURLSession.swift of swift-corelibs-foundation, which stand before the colon. Cookies are
// the browser's: a task sends and stores those that a fetch of its page would. docs/urlsession.md has the whole table.

function setCookie(page: TestPage, cookie: string): Promise<void> {
  return page.evaluate((cookie) => {
    // biome-ignore lint/suspicious/noDocumentCookie: every engine has it
    document.cookie = cookie;
  }, cookie);
}

function cookiesOf(page: TestPage): Promise<string> {
  return page.evaluate(() => document.cookie);
}

async function cookieSent(
  page: TestPage,
  request: Parameters<typeof endedTask>[1],
): Promise<string | undefined> {
  const { text } = await endedTask(page, request);
  return JSON.parse(text ?? "").headers.cookie;
}

test("verifyRequestHeaders: a task's headers reach the server, and originalRequest shows them in lower case", async ({
  page,
  site,
}) => {
  const shown = await page.evaluate(async () => {
    const session = await app.open();
    const headers = { "X-App": "one", "Accept-Language": "fr", "X-Empty": "" };
    const task = session.dataTask({ url: "/echo", headers });
    void task.resume();
    await task.completed;
    return [task.originalRequest.headers, Object.isFrozen(task.originalRequest)];
  });
  const headers = { "x-app": "one", "accept-language": "fr", "x-empty": "" };
  expect(shown).toEqual([headers, true]);
  expect(site.requests("/echo")[0]?.headers).toMatchObject(headers);
});

test("verifyHttpAdditionalHeaders: the request's own header wins, however it is written, for each kind of task", async ({
  page,
  site,
}) => {
  const additional = { "X-Both": "session", "x-app": "session" };
  await page.evaluate(
    (httpAdditionalHeaders) => app.open("test", { configuration: { httpAdditionalHeaders } }),
    additional,
  );
  for (const kind of ["dataTask", "downloadTask", "uploadTask"] as const)
    await endedTask(page, { url: `/echo?key=${kind}`, headers: { "x-BOTH": "task" } }, { kind });
  const sent = site.requests("/echo").map(({ headers }) => [headers["x-both"], headers["x-app"]]);
  expect(sent).toEqual(Array(3).fill(["task", "session"]));
});

test("cookiesStorage, previouslySetCookiesAreSentInLaterRequests: what a response sets, later tasks send", async ({
  page,
  site,
}) => {
  site.route("/login", (_, response) => {
    response.setHeader("set-cookie", ["user=ada", "secret=1; HttpOnly"]);
    response.end("welcome");
  });
  await setCookie(page, "before=1");
  expect(await cookieSent(page, "/echo?key=1")).toBe("before=1");
  await endedTask(page, "/login");
  const sent = (await cookieSent(page, "/echo?key=2"))?.split("; ").sort();
  expect(sent).toEqual(["before=1", "secret=1", "user=ada"]);
  expect((await cookiesOf(page)).split("; ").sort()).toEqual(["before=1", "user=ada"]);
});

test("redirectionWithSetCookies: a cookie that a redirect sets is sent to its target", async ({
  page,
  site,
}) => {
  site.route("/away", (_, response) => {
    response.writeHead(302, { location: "/echo", "set-cookie": "hop=1" }).end();
  });
  expect(await cookieSent(page, "/away")).toBe("hop=1");
});

test('disableCookiesStorage, setCookieHeadersCanBeIgnored: credentials: "omit" neither sends nor stores any', {
  tag: "@core",
}, async ({ page, site }) => {
  site.route("/login", (_, response) => {
    response.setHeader("set-cookie", "user=ada");
    response.end("welcome");
  });
  await setCookie(page, "before=1");
  await endedTask(page, { url: "/login", credentials: "omit" });
  expect(await cookiesOf(page)).toBe("before=1");
  expect(await cookieSent(page, { url: "/echo", credentials: "omit" })).toBeUndefined();
});

test("cookieStorageForEphmeralConfiguration: there is no such session; all of an origin share its cookies (differs)", async ({
  page,
}) => {
  await setCookie(page, "shared=1");
  const sent = await page.evaluate(async () => {
    const sessions = [await app.open("one"), await app.open("two")];
    return Promise.all(
      sessions.map(async (session) => {
        const task = session.dataTask("/echo");
        void task.resume();
        return (await (await task.completed).response?.json())?.headers.cookie;
      }),
    );
  });
  expect(sent).toEqual(["shared=1", "shared=1"]);
});

test("Set-Cookie and Cookie are the browser's: a response does not show the one, a request cannot set the other (differs)", async ({
  page,
  site,
}) => {
  site.route("/login", (_, response) => {
    response.setHeader("set-cookie", "user=ada");
    response.end("welcome");
  });
  const header = await page.evaluate(async () => {
    const session = await app.open();
    const task = session.dataTask({ url: "/login", headers: { cookie: "forged=1" } });
    void task.resume();
    return (await task.completed).response?.headers.get("set-cookie");
  });
  expect(header).toBeNull();
  expect(site.requests("/login").map(({ headers }) => headers.cookie)).toEqual([undefined]);
});

test("basicAuthChallenge_whenNoCredentialsAvailable_completesWithResponse: a 401 is the answer, without a dialog", async ({
  page,
  site,
  engine,
}) => {
  // WebKitGTK waits for a dialog with every request that may carry credentials, in pages as in workers.
  const credentials = engine === "webkit" ? "omit" : "same-origin";
  site.route("/private", (request, response) => {
    request.resume();
    response.writeHead(401, { "www-authenticate": 'Basic realm="Private"' }).end("Who are you?");
  });
  for (const kind of ["dataTask", "downloadTask", "uploadTask"] as const)
    expect(await endedTask(page, { url: "/private", credentials }, { kind }), kind).toMatchObject({
      status: 401,
      text: "Who are you?",
      error: undefined,
    });
});

test("basicAuthRequest: an Authorization header that the app allows to be stored is sent, also after a same-origin redirect", async ({
  page,
  site,
}) => {
  const credentials = `Basic ${btoa("ada:secret")}`;
  const echo = await page.evaluate(async (authorization) => {
    const session = await app.open("test", { configuration: { storeCredentials: true } });
    const task = session.dataTask({ url: "/echo?redirect=1", headers: { authorization } });
    void task.resume();
    return (await task.completed).response?.json();
  }, credentials);
  expect(echo.headers.authorization).toBe(credentials);
  expect(site.requests("/echo").map(({ headers }) => headers.authorization)).toEqual([
    credentials,
    credentials,
  ]);
});

test("basicAuthRequest: an Authorization header does not go on to another origin", async ({ page, site }) => {
  site.route("/away", (_, response) => {
    response.writeHead(302, { location: `${site.crossOrigin}/echo?cors=basic&preflight=ok` }).end();
  });
  const end = await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { storeCredentials: true } });
    const task = session.dataTask({ url: "/away", headers: { authorization: "Basic x" } });
    void task.resume();
    const { response, error } = await task.completed;
    return { authorization: (await response?.json())?.headers.authorization, error: error?.code };
  });
  expect(end).toEqual({ authorization: undefined, error: undefined });
});
