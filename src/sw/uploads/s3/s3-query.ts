import type { S3Operation } from "./s3-operation.ts";

/** Returns the query that an operation has in S3, before it is signed. */
export function queryOf(operation: S3Operation): Record<string, string> {
  switch (operation.kind) {
    case "putObject":
    case "headObject":
      return {};
    case "createUpload":
      return { uploads: "" };
    case "uploadPart":
      return { partNumber: String(operation.partNumber), uploadId: operation.uploadId };
    case "listParts":
      return {
        uploadId: operation.uploadId,
        ...(operation.partNumberMarker && { "part-number-marker": operation.partNumberMarker }),
      };
    case "completeUpload":
    case "abortUpload":
      return { uploadId: operation.uploadId };
  }
}
