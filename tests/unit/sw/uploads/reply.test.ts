import { describe, expect, it } from "vitest";
import { Watchdog } from "../../../../src/sw/ports/watchdog.ts";
import { locationOf } from "../../../../src/sw/uploads/reply.ts";

describe("the URL of an upload that the server has made", () => {
  function located(sentUrl: string, answeredUrl: string, location?: string) {
    const response = new Response(null, { status: 201, ...(location && { headers: { location } }) });
    Object.defineProperty(response, "url", { value: answeredUrl });
    const watchdog = new Watchdog(Number.POSITIVE_INFINITY, new AbortController().signal);
    return locationOf({ sentUrl, response, watchdog });
  }

  it.each([
    ["https://app.test/tus", "https://app.test/tus", "/tus/1", "https://app.test/tus/1"],
    ["https://app.test/tus", "https://app.test/v2/tus", "1", "https://app.test/v2/1"],
    ["https://signed.test/tus?key=1", "https://signed.test/tus", "1", "https://signed.test/1"],
    ["https://app.test/tus", "https://else.test/tus", "https://app.test/1", "https://app.test/1"],
  ])("asked %s, answered by %s: %s is believed", (asked, answered, location, url) => {
    expect(located(asked, answered, location)).toBe(url);
  });

  it.each([
    ["https://app.test/tus", "https://app.test/tus", "https://else.test/1"],
    ["https://app.test/tus", "https://else.test/tus", "/1"],
    ["https://app.test/tus", "https://else.test/tus", "https://else.test/1"],
    ["https://app.test/tus", "https://app.test/tus", "http://app.test/1"],
    ["https://app.test/tus", "https://app.test/tus", "https://user:secret@app.test/1"],
    ["https://app.test/tus", "https://app.test/tus", "blob:https://app.test/1"],
    ["https://app.test/tus", "https://app.test/tus", "javascript:alert(1)"],
    ["https://app.test/tus", "https://app.test/tus", undefined],
  ])("asked %s, answered by %s: %s is refused, whatever the redirect", (asked, answered, location) => {
    expect(located(asked, answered, location)).toMatchObject({
      kind: "hopeless",
      failure: {
        code: "bad-response",
        message: expect.stringMatching(
          location ? /Behind a proxy it must know its public address\.$/ : /Access-Control-Expose-Headers\.$/,
        ),
      },
    });
  });
});
