import type { UploadProtocol } from "../../ports/upload-protocol.ts";
import { uploadProtocol } from "../steps/index.ts";
import type { S3Sign } from "./s3-operation.ts";
import { s3Steps } from "./s3-steps.ts";

export type { UploadProtocol } from "../../ports/upload-protocol.ts";
export type { UploadFacts } from "../steps/upload-steps.ts";
export type { S3Operation, S3Sign, SignedRequest } from "./s3-operation.ts";
export { type S3Request, s3Request } from "./s3-request.ts";

/** The options of `s3()`. */
export interface S3Options {
  /** Signs each request. */
  sign: S3Sign;
  /**
   * The size of a part in bytes, 5 MiB to 5 GiB; larger bodies get larger parts, so that 10,000 are enough. A body that
   * is not larger goes in one `PUT`. A worker that dies loses at most the parts under way. @default 8 MiB
   */
  partSize?: number;
}

/**
 * Uploads to S3 and what speaks its protocol, in parts of equal size, as many at once as the task's `connections`. Tasks
 * have `protocol: "s3"`, and the URL of the object, which `sign` may use.
 * @param options how requests are signed, and how large parts are
 * @throws TypeError if an option is invalid
 *
 * @example
 * import { startDaemon } from "background-session/daemon";
 * import { s3 } from "background-session/s3";
 * startDaemon({
 *   uploadProtocols: [
 *     s3({
 *       async sign(operation, task) {
 *         const body = JSON.stringify({ operation, url: task.originalRequest.url });
 *         const response = await fetch("/sign", { method: "POST", body });
 *         return response.ok ? response.json() : "wait"; // { url, headers? }
 *       },
 *     }),
 *   ],
 * });
 */
export function s3({ sign, partSize = 8 * MIB }: S3Options): UploadProtocol {
  if (typeof sign !== "function") throw new TypeError("s3() needs a function `sign`.");
  if (!Number.isSafeInteger(partSize) || partSize < 5 * MIB || partSize > 5120 * MIB)
    throw new TypeError("partSize must be an integer from 5 MiB to 5 GiB.");
  return uploadProtocol(s3Steps(sign, partSize));
}

const MIB = 1024 * 1024;
