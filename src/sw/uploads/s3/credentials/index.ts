import { AwsV4Signer } from "aws4fetch";
import type { S3Sign } from "../s3-operation.ts";
import { queryOf } from "../s3-query.ts";
import { bucketClock } from "./bucket-clock.ts";
import { type GetCredentials, KeptCredentials } from "./kept-credentials.ts";

export type { UploadFacts } from "../../steps/upload-steps.ts";
export type { S3Operation, S3Sign, SignedRequest } from "../s3-operation.ts";
export type { GetCredentials, S3Credentials } from "./kept-credentials.ts";

/** The options of `signWithCredentials()`. */
export interface SignWithCredentialsOptions {
  /**
   * Returns credentials. They serve all uploads of the task's session until they expire, or the bucket refuses them. If it
   * returns `"wait"` or rejects, it is called again as `sign` of `s3()` is.
   */
  credentials: GetCredentials;
  /** Required if the URL does not name it: that of R2, Backblaze B2 and a region of AWS does. */
  region?: string;
}

/** S3 checks this when a request begins: a part may take longer. */
const VALID_S = 900;

/**
 * Returns a `sign` for `s3()` that signs in the worker, with AWS Signature Version 4, instead of asking your server for
 * each request. The credentials should be temporary, and allow no more than the uploads of this user: whoever has the
 * device can read them. The URL of the task is that of the object. If the device's clock is wrong by more than 15 minutes,
 * the bucket's refusal corrects it for the life of the worker, provided that it can be read and says the time.
 * @param options where credentials come from, and the region
 * @throws TypeError if an option is invalid
 *
 * @example
 * import { startDaemon } from "background-session/daemon";
 * import { s3 } from "background-session/s3";
 * import { signWithCredentials } from "background-session/s3-credentials";
 * const sign = signWithCredentials({
 *   region: "eu-central-1",
 *   credentials: async (task, signal) => (await fetch("/credentials", { signal })).json(),
 * });
 * startDaemon({ uploadProtocols: [s3({ sign })] });
 */
export function signWithCredentials({ credentials, region }: SignWithCredentialsOptions): S3Sign {
  if (typeof credentials !== "function")
    throw new TypeError("signWithCredentials() needs a function `credentials`.");
  if (region !== undefined && (typeof region !== "string" || region === ""))
    throw new TypeError("region must be a string that is not empty.");
  const sessions = new Map<string, KeptCredentials>();
  const { now, learnFrom } = bucketClock();

  const sign: S3Sign = async (operation, task) => {
    const kept = sessions.get(task.session) ?? new KeptCredentials(credentials);
    sessions.set(task.session, kept);
    const query = queryOf(operation);
    const request = JSON.stringify([task.id, operation.kind, query]);
    const found = await kept.for(request, task, now());
    if (found === "wait") return "wait";
    const url = new URL(task.originalRequest.url);
    url.hash = "";
    // AWS takes a plus sign for a space, others do not.
    url.pathname = url.pathname.replaceAll("+", "%2B");
    url.search = new URLSearchParams({ ...query, "X-Amz-Expires": String(VALID_S) }).toString();
    const headers = "headers" in operation ? operation.headers : {};
    const { accessKeyId, secretAccessKey, sessionToken } = found;
    const signed = await new AwsV4Signer({
      method: operation.method,
      url: url.href,
      headers,
      accessKeyId,
      secretAccessKey,
      service: "s3",
      region: region ?? regionOf(url),
      signQuery: true,
      datetime: new Date(now()).toISOString().replace(/[:-]|\.\d{3}/g, ""),
      ...(sessionToken && { sessionToken }),
    }).sign();
    return { url: signed.url.href, headers };
  };
  sign.onAnswer = learnFrom;
  return sign;
}

/** @throws Error if the host does not name its region */
function regionOf({ hostname }: URL): string {
  if (hostname.endsWith(".r2.cloudflarestorage.com")) return "auto";
  const [, region] =
    /(?:^|\.)s3\.(?:dualstack\.)?([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|backblazeb2\.com)$/.exec(
      hostname,
    ) ?? [];
  if (region === undefined) throw new Error(`signWithCredentials() needs the region of ${hostname}.`);
  return region;
}
