import { expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import { uploadRequest } from "../../../../src/sw/transports/upload-request.ts";
import { requestRecord, taskRow } from "../../../support/task-row.ts";

const URL_OF_UPLOAD = "https://app.test/upload";
const { signal } = new AbortController();

function headersOf(headers: Record<string, string>, isSigned: boolean): Record<string, string> {
  const own = { "x-app": "the task's", "x-own": "1", "content-type": "image/jpeg", "idempotency-key": "7" };
  const row = taskRow({ request: { ...requestRecord(URL_OF_UPLOAD, "POST"), headers: own } });
  const configuration = {
    ...DEFAULT_CONFIGURATION,
    httpAdditionalHeaders: { "x-app": "the session's", "x-session": "1" },
  };
  const body = new Blob(["bytes"], { type: "text/plain" });
  const details = { url: URL_OF_UPLOAD, method: "PUT", headers, body, isSigned };
  return Object.fromEntries(uploadRequest(row, configuration, details, signal).headers);
}

it("a header of the protocol replaces that of the task, and that of the session, however they are spelled", () => {
  expect(headersOf({ "X-App": "the protocol's" }, false)).toEqual({
    "x-app": "the protocol's",
    "x-own": "1",
    "x-session": "1",
  });
  expect(headersOf({}, false)["x-app"]).toBe("the task's");
});

it("a request has the content type that the protocol gives it, however that is spelled, and else none", () => {
  for (const isSigned of [true, false]) {
    expect(headersOf({ "Content-Type": "image/png" }, isSigned)["content-type"]).toBe("image/png");
    expect(headersOf({}, isSigned)).not.toHaveProperty("content-type");
  }
});

it("a signed request has only the headers that were signed", () => {
  expect(headersOf({ "X-Signed": "1" }, true)).toEqual({ "x-signed": "1" });
});
