import { describe, expect, it } from "vitest";
import { snapshotUpload } from "../../../../src/app/requests/request-snapshot.ts";
import { partsOf, type StorableBody } from "../../../../src/app/requests/stored-body.ts";
import type { TaskRequest } from "../../../../src/app/requests/task-request.ts";

const POLICY = { secretHeaders: [], storeCredentials: false };
const ADDRESS = "https://app.test/photos";

function snapshot(request: TaskRequest, body: StorableBody = "body", protocol?: "tus" | "ietf") {
  return snapshotUpload(request, body, POLICY, protocol);
}

function form(): FormData {
  const data = new FormData();
  data.set("name", "Ada");
  data.set("photo", new File(["bytes"], "a.jpg", { type: "image/jpeg" }));
  return data;
}

describe("snapshotUpload", () => {
  it("is a POST by default", () => {
    const requests = [ADDRESS, new URL(ADDRESS), { url: ADDRESS }, new Request(ADDRESS, { method: "POST" })];
    expect(requests.map((request) => snapshot(request).record.method)).toEqual(Array(4).fill("POST"));
    expect(snapshot({ url: ADDRESS, method: "PUT" }).record.method).toBe("PUT");
    expect(snapshot({ url: ADDRESS, method: undefined, body: null } as never).record.method).toBe("POST");
  });

  it("splits a form into parts, and sets no content type until it is sent", () => {
    const { record, body } = snapshot(ADDRESS, form());
    expect(record.headers).toEqual({});
    expect(body).toEqual([
      ["name", "Ada"],
      ["photo", expect.objectContaining({ name: "a.jpg", type: "image/jpeg", size: 5 })],
    ]);
  });

  it.each([undefined, "ietf"] as const)(
    "keeps the app's own content type, as fetch does (%s)",
    (protocol) => {
      const request = { url: ADDRESS, headers: { "content-type": "multipart/mixed" } };
      expect(snapshot(request, form(), protocol).record.headers).toEqual({
        "content-type": "multipart/mixed",
      });
    },
  );

  it("keeps the path of a file that was chosen with its folder, unless the app has renamed it", () => {
    const file = Object.defineProperty(new File(["x"], "a.txt"), "webkitRelativePath", {
      value: "Trip/day1/a.txt",
    });
    const renamed = Object.defineProperty(new File(["x"], "b.txt"), "webkitRelativePath", {
      value: "Trip/day1/a.txt",
    });
    const data = {
      [Symbol.iterator]: () =>
        [
          ["a", file],
          ["b", renamed],
        ].values(),
    };
    expect(partsOf(data as never)).toEqual([
      ["a", file, "Trip/day1/a.txt"],
      ["b", renamed],
    ]);
  });

  it("encodes a form only once if it is sent in several requests", async () => {
    const { record, body } = snapshot(ADDRESS, form(), "ietf");
    const boundary = /boundary=(.+)$/.exec(record.headers["content-type"] ?? "")?.[1] ?? "none";
    expect(await ((await body) as Blob).text()).toContain(boundary);
  });

  it("keeps small bytes in the row and a file beside it, with the file's type", () => {
    expect(new TextDecoder().decode(snapshot(ADDRESS, "é").record.body)).toBe("é");
    const file = new File(["x"], "x.png", { type: "image/png" });
    const { record, body } = snapshot(ADDRESS, file);
    expect([record.headers["content-type"], body]).toEqual(["image/png", file]);
  });

  it.each<[string, TaskRequest, RegExp]>([
    ["a description with a body of its own", { url: ADDRESS, body: "own" }, /must not have one/],
    [
      "a Request with a body of its own",
      new Request(ADDRESS, { method: "POST", body: "own" }),
      /must not have one/,
    ],
    ["GET", new Request(ADDRESS), /POST, PUT or PATCH, not GET/],
    ["DELETE", { url: ADDRESS, method: "DELETE" }, /POST, PUT or PATCH, not DELETE/],
    ["a misspelt property", { url: ADDRESS, metod: "PUT" } as never, /misspelt/],
  ])("%s throws a TypeError that says what is allowed", (_, request, message) => {
    expect(() => snapshot(request)).toThrow(TypeError);
    expect(() => snapshot(request)).toThrow(message);
  });

  it("the body of a Request is found in Firefox too, which has no Request.body", () => {
    const inFirefox = (init: RequestInit) =>
      Object.defineProperty(new Request(ADDRESS, { method: "POST", ...init }), "body", { value: undefined });
    expect(() => snapshot(inFirefox({ body: "own" }))).toThrow(/must not have one/);
    expect(snapshot(inFirefox({})).record.method).toBe("POST");
  });

  it.each([[undefined], [null], [5], [{}]])("%s is refused as a body", (body) => {
    expect(() => snapshotUpload(ADDRESS, body as never, POLICY, undefined)).toThrow(TypeError);
  });

  it("a tus upload is created with POST", () => {
    expect(() => snapshot({ url: ADDRESS, method: "PUT" }, "x", "tus")).toThrow(/created with POST/);
  });

  it("credentials are not stored", () => {
    expect(() => snapshot({ url: ADDRESS, headers: { Authorization: "Bearer" } })).toThrow(/willSend/);
  });
});
