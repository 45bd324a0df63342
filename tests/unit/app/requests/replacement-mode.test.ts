import { afterEach, expect, it, vi } from "vitest";
import { replacementOf, snapshotRequest } from "../../../../src/app/requests/request-snapshot.ts";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";

afterEach(() => vi.unstubAllGlobals());

it("a URL of another origin cannot replace that of a request with mode same-origin", () => {
  vi.stubGlobal("location", new URL("https://app.test/page"));
  const url = "https://app.test/file";
  const { record } = snapshotRequest({ url, mode: "same-origin" }, DEFAULT_CONFIGURATION);
  const other = { url: "https://cdn.test/file", mode: "same-origin" } as const;
  expect(() => replacementOf(other, record, DEFAULT_CONFIGURATION)).toThrow(TypeError);
  expect(() => replacementOf(other.url, record, DEFAULT_CONFIGURATION)).toThrow(TypeError);
});
