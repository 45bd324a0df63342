import { describe, expect, it } from "vitest";
import { canResume } from "../../../src/store/can-resume.ts";
import { type RowOptions, requestRecord, taskRow } from "../../support/task-row.ts";

const FAILED = { code: "network-lost", message: "" } as const;
const CANCELLED = { code: "cancelled", message: "" } as const;
const FILE = {
  fileId: "key/0",
  isTotalSure: true,
  isSameOrigin: true,
  validator: { kind: "etag", value: '"1"' },
} as const;
const UPLOAD: RowOptions = { kind: "upload", failure: FAILED, hasBody: true };
const { validator: _, ...UNPROVED } = FILE;
const BODY = { ...requestRecord("https://app.test/", "POST"), body: new ArrayBuffer(5) };
const DOWNLOAD: RowOptions = { failure: FAILED, file: FILE, bytesReceived: 5 };

describe("a task that has ended can be resumed", () => {
  it.each<[string, RowOptions, boolean]>([
    ["a download that failed with bytes on disk", DOWNLOAD, true],
    ["one that has succeeded", { ...DOWNLOAD, failure: undefined }, false],
    ["one that was cancelled", { ...DOWNLOAD, failure: CANCELLED }, false],
    ["one that was cancelled with resume data", { ...DOWNLOAD, failure: CANCELLED, isResumable: true }, true],
    ["one without bytes", { ...DOWNLOAD, bytesReceived: 0 }, false],
    [
      "one that has bytes beyond a gap only",
      { ...DOWNLOAD, bytesReceived: 0, file: { ...FILE, ranges: [[6, 9]] } },
      true,
    ],
    ["one whose file cannot be proved unchanged", { ...DOWNLOAD, file: UNPROVED }, false],
    ["one without a file", { ...DOWNLOAD, file: undefined }, false],
    ["one with another method than GET", { ...DOWNLOAD, method: "POST" }, false],
    ["one with a body in its row", { ...DOWNLOAD, request: { ...BODY, method: "GET" } }, false],
    ["one with a body beside its row", { ...DOWNLOAD, hasBody: true }, false],
    [
      "one that is received as a whole, however it was asked for",
      { failure: FAILED, method: "POST", file: UNPROVED, isReceived: true },
      true,
    ],
    ["one that is received as a whole, and whose file is gone", { failure: FAILED, isReceived: true }, false],
    ["an upload that failed", UPLOAD, true],
    ["an upload with its body in its row", { ...UPLOAD, hasBody: undefined, request: BODY }, true],
    ["an upload without its body", { ...UPLOAD, hasBody: undefined }, false],
    [
      "an upload whose body is gone",
      { ...UPLOAD, failure: { code: "file-missing", message: "" }, file: FILE },
      false,
    ],
  ])("%s: %j → %s", (_name, change, expected) => {
    expect(canResume(taskRow(change))).toBe(expected);
  });
});
