import { AwsV4Signer } from "aws4fetch";
import type { S3Sign } from "../s3-operation.ts";
import { queryOf } from "../s3-query.ts";

export type { UploadFacts } from "../../steps/upload-steps.ts";
export type { S3Operation, S3Sign, SignedRequest } from "../s3-operation.ts";

/** Temporary credentials, as AWS STS, Cognito and R2 give them. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /**
   * When they expire: a Date, its ISO string, or milliseconds since 1970. New ones are asked for a minute before.
   * @default unknown: they are asked for again for each request
   */
  readonly expiration?: Date | string | number | undefined;
}

/** The options of `withCredentials()`. */
export interface WithCredentialsOptions {
  /** Returns credentials, which are used for all uploads until they expire. `"wait"`, or a rejection: as of `sign`. */
  credentials: () => S3Credentials | "wait" | Promise<S3Credentials | "wait">;
  /** @default what the host of the URL says (AWS, R2, Backblaze B2), else `us-east-1` */
  region?: string;
}

const MINUTE_MS = 60_000;
/** It is checked when a request begins. */
const VALID_S = 900;

/**
 * Returns a `sign` for `s3()` that signs in the worker, with AWS Signature Version 4, instead of asking your server for
 * each request. The credentials should be temporary, and allow no more than the uploads of this user: whoever has the
 * device can read them. The URL of the task is that of the object. The device's clock must not be wrong by 15 minutes.
 * @throws TypeError if an option is invalid
 *
 * @example
 * import { startDaemon } from "background-session/daemon";
 * import { s3 } from "background-session/s3";
 * import { withCredentials } from "background-session/s3-credentials";
 * const credentials = async () => (await fetch("/credentials")).json();
 * startDaemon({ uploadProtocols: [s3({ sign: withCredentials({ credentials }) })] });
 */
export function withCredentials({ credentials, region }: WithCredentialsOptions): S3Sign {
  if (typeof credentials !== "function")
    throw new TypeError("withCredentials() needs a function `credentials`.");
  if (region !== undefined && (typeof region !== "string" || region === ""))
    throw new TypeError("region must be a string that is not empty.");
  let kept: S3Credentials | undefined;
  let asking: Promise<S3Credentials | "wait"> | undefined;

  const ask = async (): Promise<S3Credentials | "wait"> => {
    const found = await credentials();
    kept = found === "wait" ? undefined : checked(found);
    return found;
  };
  /** Several parts may need them at the same time. */
  const current = (): S3Credentials | Promise<S3Credentials | "wait"> => {
    if (kept !== undefined && expirationOf(kept) - Date.now() > MINUTE_MS) return kept;
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };

  return async (operation, task) => {
    const found = await current();
    if (found === "wait") return "wait";
    const url = new URL(task.originalRequest.url);
    url.hash = "";
    // AWS takes a plus sign for a space, others do not.
    url.pathname = url.pathname.replaceAll("+", "%2B");
    const query = { ...queryOf(operation), "X-Amz-Expires": String(VALID_S) };
    url.search = new URLSearchParams(query).toString();
    const headers = "headers" in operation ? operation.headers : {};
    const { accessKeyId, secretAccessKey, sessionToken } = found;
    const signed = await new AwsV4Signer({
      method: operation.method,
      url: url.href,
      headers,
      accessKeyId,
      secretAccessKey,
      service: "s3",
      signQuery: true,
      ...(sessionToken !== undefined && { sessionToken }),
      ...(region !== undefined && { region }),
    }).sign();
    return { url: signed.url.href, headers };
  };
}

/** No expiration is one that has passed. */
function expirationOf({ expiration = 0 }: S3Credentials): number {
  return new Date(expiration).getTime();
}

/** @throws Error if the app returned something else; not a TypeError, which `fetch` has for a network that is gone */
function checked(found: S3Credentials): S3Credentials {
  const { accessKeyId, secretAccessKey, sessionToken = "" } = found ?? {};
  if (![accessKeyId, secretAccessKey, sessionToken].every((it) => typeof it === "string") || !accessKeyId)
    throw new Error(
      "credentials() must return { accessKeyId, secretAccessKey, sessionToken?, expiration? }.",
    );
  if (Number.isNaN(expirationOf(found))) throw new Error(`${found.expiration} is no expiration.`);
  return found;
}
