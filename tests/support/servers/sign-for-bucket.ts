import type { S3Operation, SignedRequest } from "../../../src/sw/uploads/s3/s3-operation.ts";
import { queryOf } from "../../../src/sw/uploads/s3/s3-query.ts";
import type { S3Bucket } from "./s3-bucket.ts";

/** Signs a request of an upload to `url`, as an app's server does. */
export function signForBucket(
  bucket: S3Bucket,
  operation: S3Operation,
  url: string,
  expiresInMs?: number,
): SignedRequest {
  const address = new URL(url);
  address.search = new URLSearchParams(queryOf(operation)).toString();
  return { url: bucket.sign(operation.method, address.href, expiresInMs) };
}
