import { aborted } from "../../../../async/aborted.ts";
import type { UploadFacts } from "../../steps/upload-steps.ts";

/** Temporary credentials, with the names of the AWS SDK for JavaScript (`AwsCredentialIdentity`). */
export interface S3Credentials {
  /** A string that is not empty. */
  readonly accessKeyId: string;
  /** A string that is not empty. It is kept in the memory of the worker only. */
  readonly secretAccessKey: string;
  /** The token of temporary credentials. @default none */
  readonly sessionToken?: string | undefined;
  /**
   * When they expire: a Date, its ISO string, or milliseconds since 1970. New ones are requested a minute before.
   * @default new ones are requested before each request
   */
  readonly expiration?: Date | string | number | undefined;
}

/** Returns credentials for an upload, or `"wait"`. `signal` is aborted after 30 s. */
export type GetCredentials = (
  task: UploadFacts,
  signal: AbortSignal,
) => S3Credentials | "wait" | Promise<S3Credentials | "wait">;

const LIMIT_MS = 30_000;
const MINUTE_MS = 60_000;
/** Seconds since 1970, as some services give them, are less than this for as long as anybody needs. */
const LEAST_MS = 1e11;

/** The credentials for the uploads of one session: kept until they expire, or a request signed with them is repeated. */
export class KeptCredentials {
  readonly #get: GetCredentials;
  #kept: S3Credentials | undefined;
  #asking: Promise<S3Credentials | "wait"> | undefined;
  /** The requests that were signed with them. */
  readonly #signed = new Set<string>();

  constructor(get: GetCredentials) {
    this.#get = get;
  }

  /**
   * @param request names what is signed; if it comes again, the bucket may have refused the credentials
   * @param now in milliseconds
   */
  async for(request: string, task: UploadFacts, now: number): Promise<S3Credentials | "wait"> {
    if (this.#signed.has(request)) this.#kept = undefined;
    const isFresh = this.#kept !== undefined && expirationOf(this.#kept) - now > MINUTE_MS;
    // Several parts may need them at the same time.
    if (!isFresh)
      this.#asking ??= this.#ask(task).finally(() => {
        this.#asking = undefined;
      });
    const found = await (isFresh ? this.#kept : this.#asking);
    this.#signed.add(request);
    return found as S3Credentials | "wait";
  }

  async #ask(task: UploadFacts): Promise<S3Credentials | "wait"> {
    const signal = AbortSignal.timeout(LIMIT_MS);
    this.#kept = undefined;
    const found = await Promise.race([this.#get(task, signal), aborted(signal).then(() => TOO_LATE)]);
    if (found === TOO_LATE) throw new Error("credentials() did not settle within 30 s.");
    this.#signed.clear();
    if (found === "wait") return "wait";
    this.#kept = checked(found as S3Credentials);
    return this.#kept;
  }
}

const TOO_LATE = Symbol();

/** Credentials without an expiration count as expired. */
function expirationOf({ expiration = 0 }: S3Credentials): number {
  return new Date(expiration).getTime();
}

/** @throws Error if the app returned something else; not a TypeError, which `fetch` has for a network that is gone */
function checked(found: S3Credentials): S3Credentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = found ?? {};
  const isText = [accessKeyId, secretAccessKey, sessionToken ?? "-"].every(
    (it) => typeof it === "string" && it,
  );
  if (!isText)
    throw new Error(
      "credentials() must return { accessKeyId, secretAccessKey, sessionToken?, expiration? }.",
    );
  const isSeconds = typeof expiration === "number" && expiration < LEAST_MS;
  if (isSeconds || Number.isNaN(expirationOf(found)))
    throw new Error(
      `expiration must be a Date, an ISO string, or milliseconds since 1970, not ${expiration}.`,
    );
  return found;
}
