import { describe, expect, it } from "vitest";
import { replacementOf } from "../../../../src/app/requests/request-snapshot.ts";
import type { TaskRequest } from "../../../../src/app/requests/task-request.ts";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import { requestRecord } from "../../../support/task-row.ts";

const BEFORE = {
  ...requestRecord("https://app.test/photo?signature=1", "PUT"),
  headers: { "x-name": "photo" },
  integrity: `sha256-${"A".repeat(43)}=`,
  credentials: "omit",
} as const;

const URL_ONLY = { ...BEFORE, url: "https://app.test/photo?signature=2" };

describe("a request that takes the place of another", () => {
  const replacement = (request: TaskRequest) => replacementOf(request, BEFORE, DEFAULT_CONFIGURATION);

  it.each([[URL_ONLY.url], [new URL(URL_ONLY.url)]])(
    "changes the address alone if it is a URL: %s",
    (url) => {
      expect(replacement(url)).toEqual(URL_ONLY);
    },
  );

  it("has what an object says, and the method and the integrity of the first", () => {
    const next = replacement({ url: URL_ONLY.url, headers: { "X-Name": "other" } });
    expect(next).toMatchObject({
      url: URL_ONLY.url,
      method: "PUT",
      headers: { "x-name": "other" },
      integrity: BEFORE.integrity,
      credentials: "same-origin",
    });
    expect(next).not.toHaveProperty("body");
  });

  it.each<[string, TaskRequest, RegExp]>([
    ["another method", { url: URL_ONLY.url, method: "POST" }, /stays PUT/],
    ["the method of a Request", new Request(URL_ONLY.url), /stays PUT; the request has GET/],
    ["a body", { url: URL_ONLY.url, body: "other" }, /keeps its body/],
    ["the body of a Request", new Request(URL_ONLY.url, { method: "PUT", body: "other" }), /keeps its body/],
    ["a credential that would be stored", { url: URL_ONLY.url, headers: { Authorization: "x" } }, /willSend/],
    ["no request", 1 as never, /must be a URL/],
    ["no URL", "http://", /not a valid URL/],
  ])("is refused for %s", (_, request, message) => {
    expect(() => replacement(request)).toThrow(message);
  });

  it("is refused for an address that no browser transfers", () => {
    expect(() => replacement("data:,x")).toThrow(expect.objectContaining({ code: "unsupported-url" }));
  });
});
