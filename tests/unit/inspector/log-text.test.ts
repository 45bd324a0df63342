import { describe, expect, it } from "vitest";
import { lastFailureIn, logText } from "../../../src/inspector/log-text.ts";

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

describe("the last failure of a task", () => {
  const line = (message: string, taskId = "id", session = "session") => ({
    level: "info" as const,
    message,
    session,
    taskId,
  });
  const refused = line('https://app.test/a refused: {"kind":"refused","status":503,"retryAfterMs":0}');

  it.each([
    ["HTTP 503", [refused]],
    [
      "TypeError: Failed to fetch",
      [refused, line("https://app.test/a unanswered: TypeError: Failed to fetch")],
    ],
    ["another length", [line('https://app.test/a unusable: {"kind":"unusable","reason":"another length"}')]],
    ["HTTP 503", [refused, line("Something else."), line("https://app.test/b unanswered: no", "other")]],
    [undefined, [line("Something else."), line("https://app.test/b unanswered: no", "id", "other")]],
  ])("is %s", (told, log) => expect(lastFailureIn(log, "session", "id")).toBe(told));
});
