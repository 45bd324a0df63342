import { describe, expect, it } from "vitest";
import { snapshotRequest } from "../../../../src/app/requests/request-snapshot.ts";
import type { TaskRequest } from "../../../../src/app/requests/task-request.ts";

const POLICY = { secretHeaders: ["x-token"], storeCredentials: false };
const URL_OF_FILE = "https://app.test/file";

function snapshot(request: TaskRequest, policy = POLICY) {
  return snapshotRequest(request, policy);
}

async function bodyOf(request: TaskRequest): Promise<string> {
  const { record, body } = snapshot(request);
  return body === undefined ? new TextDecoder().decode(record.body) : await ((await body) as Blob).text();
}

describe("snapshotRequest", () => {
  it("treats a string, a URL, a Request and a description alike", () => {
    const requests = [URL_OF_FILE, new URL(URL_OF_FILE), new Request(URL_OF_FILE), { url: URL_OF_FILE }];
    const [first, ...rest] = requests.map((request) => snapshot(request).record);
    expect(first).toMatchObject({ url: URL_OF_FILE, method: "GET", headers: {}, redirect: "follow" });
    for (const record of rest) expect(record).toEqual(first);
  });

  it("is plain data", () => {
    const { record } = snapshot({ url: URL_OF_FILE, method: "POST", headers: { a: "1" }, body: "text" });
    expect(structuredClone(record)).toEqual(record);
  });

  it.each<[string, () => TaskRequest, RegExp]>([
    ["nothing", () => undefined as never, /URL, a Request, or an object with a url/],
    ["no url", () => ({ method: "GET" }) as never, /URL, a Request, or an object with a url/],
    ["an invalid url", () => "http://", /"http:\/\/" is not a valid URL/],
    ["a relative url without a document", () => "/file", /"\/file" is not a valid URL/],
    ["a GET with a body", () => ({ url: URL_OF_FILE, body: "x" }), /GET or HEAD request cannot have a body/],
    ["no-cors", () => new Request(URL_OF_FILE, { mode: "no-cors" }), /nobody may read; use "cors"/],
    ["manual redirects", () => new Request(URL_OF_FILE, { redirect: "manual" }), /always followed/],
    [
      "only-if-cached",
      () => new Request(URL_OF_FILE, { cache: "only-if-cached", mode: "same-origin" }),
      /asks nobody/,
    ],
    [
      "an option of the task",
      () => ({ url: URL_OF_FILE, priority: 1 }) as never,
      /"priority" is not a property of a request \(options of the task go into another argument\)/,
    ],
    ["a signal that is no AbortSignal", () => ({ url: URL_OF_FILE, signal: {} as never }), /AbortSignal/],
    ["TRACE", () => ({ url: URL_OF_FILE, method: "TRACE" }), /TRACE/],
    [
      "malformed integrity",
      () => new Request(URL_OF_FILE, { integrity: "sha256-x" }),
      /"sha256-", "sha384-"/,
    ],
    [
      "an object",
      () => ({ url: URL_OF_FILE, method: "POST", body: {} as never }),
      /must be a string.*an object needs JSON.stringify/,
    ],
    [
      "Authorization",
      () => ({ url: URL_OF_FILE, headers: { Authorization: "x" } }),
      /willSend.*storeCredentials/,
    ],
    [
      "a secret header",
      () => ({ url: URL_OF_FILE, headers: { "X-Token": "x" } }),
      /"x-token" would be stored/,
    ],
  ])("%s throws a TypeError that says what to do", (_, request, message) => {
    expect(() => snapshot(request())).toThrow(TypeError);
    expect(() => snapshot(request())).toThrow(message);
  });

  it.each(["ftp://a.test/", "blob:https://a.test/1", "data:,x", "javascript:void 0", "file:///etc/passwd"])(
    "%s is unsupported-url",
    (url) => {
      let error: unknown;
      try {
        snapshot(url);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({ code: "unsupported-url", message: expect.stringContaining("http") });
    },
  );

  it("stores credentials if storeCredentials is set", () => {
    const request = { url: URL_OF_FILE, headers: { Authorization: "x", "X-Token": "y" } };
    expect(snapshot(request, { ...POLICY, storeCredentials: true }).record.headers).toEqual({
      authorization: "x",
      "x-token": "y",
    });
  });

  it.each<[string, TaskRequest, string | RegExp]>([
    ["a string", { url: URL_OF_FILE, method: "POST", body: "text" }, "text/plain;charset=UTF-8"],
    [
      "URLSearchParams",
      { url: URL_OF_FILE, method: "POST", body: new URLSearchParams("a=1") },
      "application/x-www-form-urlencoded;charset=UTF-8",
    ],
    [
      "a Blob",
      { url: URL_OF_FILE, method: "PUT", body: new Blob(["x"], { type: "image/png" }) },
      "image/png",
    ],
    [
      "a string with its own header",
      { url: URL_OF_FILE, method: "POST", body: "{}", headers: { "Content-Type": "application/json" } },
      "application/json",
    ],
  ])("gives %s the content type that fetch gives it", (_, request, type) => {
    expect(snapshot(request).record.headers["content-type"]).toBe(type);
  });

  it("encodes a form with the boundary that its header names", async () => {
    const form = new FormData();
    form.set("file", new Blob(["content"]), "name.txt");
    const request = { url: URL_OF_FILE, method: "POST", body: form };
    const { record, body } = snapshot(request);
    const boundary = /boundary=(.+)$/.exec(record.headers["content-type"] ?? "")?.[1] ?? "none";
    const text = await ((await body) as Blob).text();
    expect(text).toContain(boundary);
    expect(text).toContain("content");
  });

  it("copies a buffer during the call, and only the visible bytes of a view", async () => {
    const bytes = new TextEncoder().encode("-body-");
    const { record } = snapshot({ url: URL_OF_FILE, method: "PUT", body: bytes.subarray(1, 5) });
    bytes.fill(0);
    expect(new TextDecoder().decode(record.body)).toBe("body");
  });

  it("keeps a body of 64 KiB in the row and a larger one beside it", () => {
    const small = { url: URL_OF_FILE, method: "PUT", body: new Uint8Array(65_536) };
    const large = { ...small, body: new Uint8Array(65_537) };
    expect(snapshot(small)).toMatchObject({ record: { body: expect.any(ArrayBuffer) } });
    expect(snapshot(large).record).not.toHaveProperty("body");
    expect(snapshot(large).body).toBeInstanceOf(Blob);
  });

  it("reads a description as fetch does: inherited properties count, undefined ones do not", () => {
    class Description {
      url = URL_OF_FILE;
      get method() {
        return "DELETE";
      }
    }
    expect(snapshot(new Description()).record.method).toBe("DELETE");
    const nothing = { url: URL_OF_FILE, method: undefined, body: null, signal: null } as never;
    expect(snapshot(nothing).record).toEqual(snapshot(URL_OF_FILE).record);
  });

  it("keeps the signal of the request", () => {
    const { signal } = new AbortController();
    expect(snapshot({ url: URL_OF_FILE, signal }).signal).toBe(signal);
    const request = new Request(URL_OF_FILE, { signal });
    expect(snapshot(request).signal).toBe(request.signal);
    expect(snapshot(URL_OF_FILE).signal).toBeUndefined();
  });

  it("leaves a Request usable, and refuses one that was used", async () => {
    const request = new Request(URL_OF_FILE, { method: "POST", body: "text" });
    expect(await bodyOf(request)).toBe("text");
    expect(await request.text()).toBe("text");
    expect(() => snapshot(request)).toThrow(new TypeError("The body of the Request was used already."));
  });
});
