import { describe, expect, it } from "vitest";
import { isIdempotent } from "../../../src/protocol/request-record.ts";
import { CREDENTIAL_HEADERS } from "../../../src/protocol/secret-headers.ts";
import { ERROR_CODES, failureOf, SessionError } from "../../../src/protocol/session-error.ts";

describe("SessionError", () => {
  it.each(ERROR_CODES)("%s is stored and restored unchanged", (code) => {
    const error = new SessionError(code, "what, why, what to do", { identifier: "a", taskId: "b" });
    const back = SessionError.from(structuredClone(failureOf(error)), { identifier: "a", taskId: "b" });
    expect(back).toEqual(error);
    expect(back).toMatchObject({ name: "SessionError", code, identifier: "a", taskId: "b" });
  });

  it("carries its cause, and has no cause property if none was given", () => {
    const cause = new Error("why");
    expect(new SessionError("blocked", "m", { cause }).cause).toBe(cause);
    expect("cause" in new SessionError("blocked", "m")).toBe(false);
  });

  it("codes are unique and in kebab-case", () => {
    for (const code of ERROR_CODES) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(new Set(ERROR_CODES).size).toBe(ERROR_CODES.length);
  });
});

describe("request records", () => {
  it.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])("%s is idempotent", (method) => {
    expect(isIdempotent(method)).toBe(true);
  });

  it.each(["POST", "PATCH", "QUERY-ish"])("%s is not known to be idempotent", (method) => {
    expect(isIdempotent(method)).toBe(false);
  });

  it("credential headers are in lower case, as in a snapshot", () => {
    for (const name of CREDENTIAL_HEADERS) expect(name).toBe(name.toLowerCase());
  });
});
