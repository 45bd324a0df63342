import type { S3Operation } from "./s3-operation.ts";
import { queryOf } from "./s3-query.ts";
import { MOST_PARTS, TOKEN } from "./s3-state.ts";

/** What a server signs for an operation. */
export interface S3Request {
  /** The method that the operation has in S3, whatever the client has sent. */
  readonly method: S3Operation["method"];
  /** The query before the signature is added. */
  readonly query: Readonly<Record<string, string>>;
  /** To be signed and sent as they are. */
  readonly headers: Readonly<Record<string, string>>;
}

const METHODS: Readonly<Record<S3Operation["kind"], S3Operation["method"]>> = {
  putObject: "PUT",
  createUpload: "POST",
  uploadPart: "PUT",
  listParts: "GET",
  completeUpload: "POST",
  abortUpload: "DELETE",
  headObject: "HEAD",
};
/** Others, such as an ACL, are not for a client to choose. */
const HEADERS: readonly string[] = ["content-type", TOKEN];

/**
 * Returns the request of an operation that a client asks a server to sign: only what an upload of one object needs,
 * whatever else the client has sent. Your server decides who may write to which URL. Runs in Node too.
 * @param operation as `sign` got it, after JSON
 * @throws TypeError if it is no operation
 */
export function s3Request(operation: unknown): S3Request {
  const given = Object(operation);
  const method = Object.hasOwn(METHODS, given.kind) ? METHODS[given.kind as S3Operation["kind"]] : undefined;
  if (method === undefined) throw new TypeError(`"${given.kind}" is no operation of an upload to S3.`);
  const query = queryOf(given);
  const { partNumber } = given;
  const isPart = Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= MOST_PARTS;
  if ("partNumber" in query && !isPart)
    throw new TypeError("partNumber must be an integer from 1 to 10,000.");
  for (const [name, value] of Object.entries(query)) {
    const isText = typeof value === "string" && (value !== "" || name === "uploads");
    if (!isText) throw new TypeError(`${name} of the operation must be a string that is not empty.`);
  }
  const headers = Object.entries(Object(given.headers)).filter(([name]) => HEADERS.includes(name));
  return {
    method,
    query,
    headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
  };
}
