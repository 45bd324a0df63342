import { describe, expect, it } from "vitest";
import { isResumeData } from "../../../src/protocol/resume-data.ts";
import { requestRecord } from "../../support/task-row.ts";

const DOWNLOAD = {
  version: 1,
  session: "session",
  key: "key",
  request: requestRecord("https://app.test/file"),
};
const UPLOAD = { ...DOWNLOAD, kind: "upload", request: requestRecord("https://app.test/file", "PUT") };

describe("resume data", () => {
  it.each<[string, unknown, boolean]>([
    ["of a download", DOWNLOAD, true],
    ["of an upload", UPLOAD, true],
    ["of a resumable upload", { ...UPLOAD, protocol: "tus" }, true],
    ["of a download that was no GET", { ...DOWNLOAD, request: UPLOAD.request }, false],
    ["of another version", { ...DOWNLOAD, version: 2 }, false],
    ["without a session", { ...DOWNLOAD, session: "" }, false],
    ["without a key", { ...DOWNLOAD, key: undefined }, false],
    [
      "with an address that is none",
      { ...DOWNLOAD, request: { ...DOWNLOAD.request, url: "no address" } },
      false,
    ],
    ["without a method", { ...UPLOAD, request: { ...UPLOAD.request, method: 1 } }, false],
    ["without headers", { ...DOWNLOAD, request: { ...DOWNLOAD.request, headers: "" } }, false],
    ["of another kind", { ...UPLOAD, kind: "data" }, false],
    ["with a protocol without a name", { ...UPLOAD, protocol: "" }, false],
    ["that is a text", "token", false],
    ["that is nothing", null, false],
  ])("%s", (_, value, expected) => {
    expect(isResumeData(value)).toBe(expected);
  });
});
