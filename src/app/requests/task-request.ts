import type { StorableBody } from "./stored-body.ts";

/** A request as an object; the names and defaults are those of `fetch`. */
export interface RequestDescription {
  /** An `http:` or `https:` URL. Another one, or one with a port that browsers block, throws `unsupported-url`. */
  url: string | URL;
  /** An upload has `POST`, `PUT` or `PATCH`. @default "GET", and "POST" for an upload */
  method?: string;
  /**
   * `Authorization`, `Proxy-Authorization` and the `secretHeaders` of the session throw a `TypeError`, unless
   * `storeCredentials` is true. @default none
   */
  headers?: HeadersInit;
  /**
   * For data tasks and downloads, and not with `GET` or `HEAD`: the body of an upload is an argument of its own.
   * @default none
   */
  body?: StorableBody | null;
  /** `"same-origin"` allows no URL of another origin. Other modes have answers that nobody may read. @default "cors" */
  mode?: "cors" | "same-origin";
  /** Whether cookies are sent: `"omit"`, `"same-origin"` or `"include"`. @default "same-origin" */
  credentials?: RequestCredentials;
  /** How the HTTP cache of the browser is used; not `"only-if-cached"`. @default "default" */
  cache?: RequestCache;
  /** The URL of which the `Referer` header is made, of this origin. @default the page that makes the task */
  referrer?: string;
  /**
   * How much of `referrer` is sent. @default that of the page's `<meta name="referrer">`; a policy in a header cannot
   * be read: the worker's applies
   */
  referrerPolicy?: ReferrerPolicy;
  /**
   * Subresource Integrity hashes of the whole body, e.g. `"sha384-…"`, for downloads and data tasks. A body that does not
   * match is deleted, and the task ends with `integrity-mismatch`. The body of an error answer is not checked.
   */
  integrity?: string;
  /** Redirects are always followed. */
  redirect?: "follow";
  /** Cancels the task when it is aborted, like the `signal` in the task's options. */
  signal?: AbortSignal | null;
  /** Has no effect: a task outlives its page anyway. */
  keepalive?: boolean;
  /** Has no effect: no body is a stream. */
  duplex?: "half";
  /** Has no effect: a worker has no window. */
  window?: null;
}

/** What a task requests. Relative URLs resolve against the document, as they do for `fetch`. */
export type TaskRequest = string | URL | Request | RequestDescription;
