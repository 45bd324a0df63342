import { describe, expect, it } from "vitest";
import { logText } from "../../../src/inspector/log-text.ts";

describe("a line of the log", () => {
  it("lists the facts that the daemon writes as JSON", () => {
    expect(logText('https://app.test/a refused: {"kind":"refused","status":503,"retryAfterMs":2000}')).toBe(
      "https://app.test/a refused: status 503, retryAfterMs 2000",
    );
  });

  it.each(["Launching the app, try 1.", "https://app.test/{a} unanswered: TypeError: Failed to fetch", ""])(
    "stays as it is without such facts: %s",
    (message) => expect(logText(message)).toBe(message),
  );
});
