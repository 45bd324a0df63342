import { describe, expect, it } from "vitest";
import { BackgroundSessionPlugin } from "../../../src/workbox/index.ts";

describe("a plugin", () => {
  it.each([[undefined], [""], [{}]])("refuses %j for a session", (session) => {
    expect(() => new BackgroundSessionPlugin(session as never)).toThrow(/must be its identifier/);
  });

  it.each(["id", "signal", "maxRetentionTimes", "timeoutIntervalForResource"])(
    "refuses the option %s",
    (name) => {
      expect(() => new BackgroundSessionPlugin("shop", { [name]: 1 })).toThrow(
        `"${name}" is not an option here`,
      );
    },
  );

  it.each([0, -1, "5", Number.NaN])("refuses %j minutes of retention", (maxRetentionTime) => {
    const options = { maxRetentionTime: maxRetentionTime as number };
    expect(() => new BackgroundSessionPlugin("shop", options)).toThrow(/positive number of minutes/);
  });

  it("refuses one idempotency key for all requests", () => {
    const options = { idempotencyKey: "order" as never };
    expect(() => new BackgroundSessionPlugin("shop", options)).toThrow(/each request has a key of its own/);
  });

  it("refuses another answer than it knows", () => {
    expect(() => new BackgroundSessionPlugin("shop", { respond: "later" as never })).toThrow(
      /respond must be/,
    );
  });

  // Serwist gives its own to those routes whose plugins have none.
  it("has a handlerDidError only if it answers", () => {
    expect("handlerDidError" in new BackgroundSessionPlugin("shop")).toBe(false);
    expect("handlerDidError" in new BackgroundSessionPlugin("shop", { respond: "accepted" })).toBe(true);
  });
});
