import { describe, expect, it } from "vitest";
import { transportWords } from "../../../demo/words/transport-words.ts";
import { TRANSPORT_REASONS } from "../../../src/protocol/background-fetch.ts";

describe("transportWords", () => {
  it("says who does the transfer and why", () => {
    expect(transportWords({ way: "worker", reason: "page-open" }, "download")).toBe(
      "The worker fetches it: a page is open",
    );
    expect(transportWords({ way: "background-fetch", reason: "asked-for" }, "upload")).toBe(
      "The browser sends it: this app asked for it",
    );
  });

  it("has its own words for each reason, and none of the library's", () => {
    const words = TRANSPORT_REASONS.map((reason) => transportWords({ way: "worker", reason }, "download"));
    expect(new Set(words).size).toBe(TRANSPORT_REASONS.length);
    for (const sentence of words) expect(sentence).toMatch(/^The worker fetches it: [a-z][a-z ]+$/);
  });
});
