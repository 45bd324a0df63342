import type { TestServer } from "../../server/server.ts";
import { endedTask } from "../support/ended-task.ts";
import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";

// Named after the cases in TestURLSession.swift of swift-corelibs-foundation, which stand before the colon.
// docs/urlsession.md has the whole table.

/** Answers with this status and header, and a body that is no redirect's. */
function answer(site: TestServer, path: string, status: number, location?: string): void {
  site.route(path, (request, response) => {
    request.resume();
    response.writeHead(status, location === undefined ? {} : { location }).end(`the body of ${status}`);
  });
}

function methodsAt(site: TestServer, path: string): string[] {
  return site.requests(path).map(({ method }) => method);
}

test("httpRedirectionWithCode300: a choice is the app's: it is not followed, and its body is delivered", async ({
  page,
  site,
}) => {
  await expectUnfollowed(page, site, 300);
});

test("httpRedirectionWithCode305_308: 305 and 306 are not followed, as the web's standard says (Apple follows 305)", async ({
  page,
  site,
}) => {
  for (const status of [305, 306]) await expectUnfollowed(page, site, status);
});

async function expectUnfollowed(page: TestPage, site: TestServer, status: number): Promise<void> {
  answer(site, "/choices", status, "/text?body=elsewhere");
  const text = `the body of ${status}`;
  expect(await endedTask(page, "/choices")).toMatchObject({ status, text, redirected: false });
  expect(await endedTask(page, "/choices", { kind: "downloadTask" })).toMatchObject({ status, text });
  expect(site.requests("/text")).toEqual([]);
}

test("httpRedirectionWithCode301_302: a POST becomes a GET without its body; other methods stay", async ({
  page,
  site,
}) => {
  for (const status of [301, 302]) {
    for (const [method, next] of [
      ["GET", "GET"],
      ["POST", "GET"],
      ["PUT", "PUT"],
      ["DELETE", "DELETE"],
      ["PATCH", "PATCH"],
      ["HEAD", "HEAD"],
    ]) {
      const url = `/echo?redirect=1&redirectStatus=${status}&key=${status}${method}`;
      const hasBody = method !== "GET" && method !== "HEAD";
      const request = { url, method: method as string, ...(hasBody && { body: "two apples" }) };
      const { status: end, text } = await endedTask(page, request);
      expect(end, url).toBe(200);
      if (method !== "HEAD") {
        const echo = JSON.parse(text ?? "");
        expect.soft([echo.method, echo.bodyText], url).toEqual([next, next === "GET" ? "" : "two apples"]);
      }
      expect(methodsAt(site, `/echo?redirectStatus=${status}&key=${status}${method}`), url).toEqual([next]);
    }
  }
});

test("httpRedirectionWithCode303: every method but HEAD becomes a GET without its body", async ({
  page,
  site,
}) => {
  for (const method of ["GET", "POST", "PUT", "DELETE", "HEAD"]) {
    const hasBody = method !== "GET" && method !== "HEAD";
    const url = `/echo?redirect=1&redirectStatus=303&key=${method}`;
    const { status } = await endedTask(page, { url, method, ...(hasBody && { body: "two apples" }) });
    expect(status, method).toBe(200);
    const next = method === "HEAD" ? "HEAD" : "GET";
    const [asked] = site.requests(`/echo?redirectStatus=303&key=${method}`);
    expect([asked?.method, asked?.headers["content-type"]], method).toEqual([next, undefined]);
  }
});

test("httpRedirectionWithCode304: it is no redirect, has no body, and completes", async ({ page, site }) => {
  answer(site, "/same", 304, "/text?body=elsewhere");
  expect(await endedTask(page, "/same")).toMatchObject({
    status: 304,
    text: "",
    error: undefined,
    redirected: false,
  });
  expect(await endedTask(page, "/same", { kind: "downloadTask" })).toMatchObject({
    status: 304,
    received: 0,
  });
  expect(site.requests("/text")).toEqual([]);
});

test("httpRedirectionWithCode305_308: 307 and 308 keep the method and the body", { tag: "@core" }, async ({
  page,
}) => {
  for (const status of [307, 308]) {
    const url = `/echo?redirect=1&redirectStatus=${status}`;
    for (const method of ["POST", "PUT", "DELETE"]) {
      const { text } = await endedTask(page, { url, method, body: "two apples" });
      expect(JSON.parse(text ?? ""), method).toMatchObject({ method, bodyText: "two apples" });
    }
    const { text } = await endedTask(page, url, { kind: "uploadTask", body: "a photo" });
    expect(JSON.parse(text ?? "")).toMatchObject({ method: "POST", bodyText: "a photo" });
  }
});

test("dataTaskWithHTTPBodyRedirect: 303 after a POST leads to the page that shows the result", async ({
  page,
  site,
}) => {
  answer(site, "/order", 303, "/text?body=Thank+you");
  const request = { url: "/order", method: "POST", body: "two apples" };
  const data = await endedTask(page, request);
  const upload = await endedTask(page, "/order", { kind: "uploadTask", body: "two apples" });
  for (const end of [data, upload])
    expect(end).toMatchObject({ status: 200, text: "Thank you", redirected: true, error: undefined });
  expect(methodsAt(site, "/order")).toEqual(["POST", "POST"]);
  expect(methodsAt(site, "/text")).toEqual(["GET", "GET"]);
});

/** The address that each `Location` leads to from `/deep/away`, and what is there. */
const LOCATIONS = {
  httpRedirectionWithCompleteRelativePath: ["/text?body=here", "/text?body=here", "here"],
  httpRedirectionWithInCompleteRelativePath: ["text?body=here", "/deep/text?body=here", "below"],
  "httpRedirectionWithInCompleteRelativePath, with dots": ["../text?body=here", "/text?body=here", "here"],
  httpRedirectionWithDefaultPort: ["//HOST/text?body=here", "/text?body=here", "here"],
  httpRedirectionWithEncodedQuery: ["/text?body=a%26b%20c%2Bd", "/text?body=a%26b%20c%2Bd", "a&b c+d"],
} as const;

test(`${Object.keys(LOCATIONS).slice(0, 2).join(", ")} …: a Location is resolved against the request's URL`, async ({
  page,
  site,
}) => {
  site.serve("/deep/text", { body: "below" });
  for (const [name, [location, path, body]] of Object.entries(LOCATIONS)) {
    answer(site, "/deep/away", 302, location.replace("HOST", new URL(site.origin).host));
    const { status, text, currentUrl } = await endedTask(page, "/deep/away");
    expect({ status, currentUrl, text }, name).toEqual({
      status: 200,
      currentUrl: site.origin + path,
      text: body,
    });
  }
});

test("willPerformRedirect: original and current request differ only after a redirect, and keep the app's headers", async ({
  page,
  site,
}) => {
  const seen = await page.evaluate(async () => {
    const session = await app.open();
    const shown = async (url: string) => {
      const task = session.dataTask({ url, headers: { "x-app": "1" } });
      const before = [task.originalRequest, task.currentRequest];
      void task.resume();
      await task.completed;
      return { before, after: [task.originalRequest, task.currentRequest] };
    };
    return [await shown("/text?body=x"), await shown("/text?body=x&redirect=2")];
  });
  const plain = { url: `${site.origin}/text?body=x`, method: "GET", headers: { "x-app": "1" } };
  const first = { ...plain, url: `${site.origin}/text?body=x&redirect=2` };
  expect(seen).toEqual([
    { before: [plain, plain], after: [plain, plain] },
    { before: [first, first], after: [first, plain] },
  ]);
  expect(site.requests("/text").map(({ headers }) => headers["x-app"])).toEqual(["1", "1", "1", "1"]);
});

test("httpRedirectionExceededMaxRedirects: 20 are followed; one more is no usable answer (bad-response)", async ({
  page,
}) => {
  expect(await endedTask(page, "/text?body=x&redirect=20")).toMatchObject({ status: 200, text: "x" });
  const retry = { limit: 0 };
  expect(await endedTask(page, "/text?body=x&redirect=21", { options: { retry } })).toMatchObject({
    status: undefined,
    error: "bad-response",
  });
});
