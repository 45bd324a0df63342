import { describe, expect, it } from "vitest";
import { s3Request } from "../../../../../src/sw/uploads/s3/index.ts";

const TOKEN = { "content-type": "image/jpeg", "x-amz-meta-upload-token": "7" };
const PART = { kind: "uploadPart", uploadId: "a", partNumber: 3 };

describe("s3Request", () => {
  it.each([
    [{ kind: "putObject", sizeBytes: 5, headers: TOKEN }, "PUT", {}, TOKEN],
    [{ kind: "createUpload", headers: TOKEN }, "POST", { uploads: "" }, TOKEN],
    [PART, "PUT", { uploadId: "a", partNumber: "3" }, {}],
    [{ kind: "listParts", uploadId: "a" }, "GET", { uploadId: "a" }, {}],
    [
      { kind: "listParts", uploadId: "a", partNumberMarker: "9" },
      "GET",
      { uploadId: "a", "part-number-marker": "9" },
      {},
    ],
    [{ kind: "completeUpload", uploadId: "a" }, "POST", { uploadId: "a" }, {}],
    [{ kind: "abortUpload", uploadId: "a" }, "DELETE", { uploadId: "a" }, {}],
    [{ kind: "headObject" }, "HEAD", {}, {}],
  ])("%o", (operation, method, query, headers) => {
    const expected = { method, query, headers };
    expect(s3Request(JSON.parse(JSON.stringify(operation)))).toEqual(expected);
    // Nothing else that the client says is signed.
    const more = { "x-amz-acl": "public-read", ...("headers" in operation && operation.headers) };
    const cunning = { ...operation, method: "DELETE", query: { acl: "" }, acl: "", headers: more };
    expect(s3Request(cunning)).toEqual(expected);
  });

  it.each<[unknown, string]>([
    [undefined, '"undefined" is no operation'],
    [null, "is no operation"],
    ["createUpload", "is no operation"],
    [{ kind: "deleteObject" }, '"deleteObject" is no operation'],
    [{ kind: "toString" }, "is no operation"],
    [{ kind: ["putObject", "x"] }, "is no operation"],
    [{ ...PART, uploadId: "" }, "uploadId of the operation must be a string"],
    [{ ...PART, uploadId: { a: 1 } }, "uploadId of the operation must be a string"],
    [{ kind: "abortUpload" }, "uploadId of the operation must be a string"],
    [{ ...PART, partNumber: 0 }, "from 1 to 10,000"],
    [{ ...PART, partNumber: 10_001 }, "from 1 to 10,000"],
    [{ ...PART, partNumber: "3&acl" }, "from 1 to 10,000"],
    [{ ...PART, partNumber: undefined }, "from 1 to 10,000"],
    [{ kind: "listParts", uploadId: "a", partNumberMarker: 3 }, "part-number-marker of the operation"],
  ])("%o is refused", (operation, message) => {
    expect(() => s3Request(operation)).toThrow(TypeError);
    expect(() => s3Request(operation)).toThrow(message);
  });
});
