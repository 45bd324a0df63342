import type { Failure } from "../../protocol/session-error.ts";
import { isRetryable } from "../decisions/retry-policy.ts";
import type { Exchange } from "../ports/transport.ts";
import type { Reply } from "./dialect.ts";

/** Reads a status that means the same for every request. @returns undefined for a 2xx, which the protocol reads */
export function replyByStatus({ ok, status }: Response): Reply | undefined {
  if (ok) return undefined;
  // 423: the server thinks that another request for the same upload is still in flight.
  return { kind: isRetryable(status) || status === 423 ? "later" : "answer" };
}

/** Whether a status says that there is nothing at a URL. */
export function isAbsent(status: number): boolean {
  return status === 404 || status === 410;
}

/** Reads the status of a request for an existing upload. @returns undefined for a 2xx, which the protocol reads */
export function replyAboutUpload(response: Response): Reply | undefined {
  if (isAbsent(response.status)) return { kind: "gone" };
  if (response.status === 409) return { kind: "conflict" };
  // Usually from a proxy in front of the server, which has a limit of its own.
  if (response.status === 413) return { kind: "too-large" };
  return replyByStatus(response);
}

/** Reads the status of a question for the offset. No offset was sent, so a 409 is from a server that says so of a lock. */
export function replyToQuestion(response: Response): Reply | undefined {
  return response.status === 409 ? { kind: "later" } : replyAboutUpload(response);
}

/** Reads a count of bytes. @returns undefined if there is no valid one */
export function countIn(headers: Headers, name: string): number | undefined {
  const value = headers.get(name) ?? "";
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

export function nonsense({ status, headers }: Response, what: string): Reply {
  const type = headers.get("content-type") ?? "no content type";
  return { kind: "nonsense", reason: `${status} (${type}) ${what}` };
}

/**
 * Reads the URL of an upload. It must be at the origin that was asked: neither an answer nor a redirect decides who gets a
 * body and its credentials.
 */
export function locationOf({ sentUrl, response }: Exchange): string | Reply {
  const location = response.headers.get("location");
  if (location === null || !URL.canParse(location, response.url)) {
    return hopeless(
      "The answer has no readable Location; across origins the server must list it in " +
        "Access-Control-Expose-Headers.",
    );
  }
  const { href, origin, protocol, username, password } = new URL(location, response.url);
  // The origin of a blob: URL is that of its page, and `Request` refuses URLs with credentials.
  const isPlain = protocol.startsWith("http") && username + password === "";
  if (isPlain && origin === new URL(sentUrl).origin) return href;
  return hopeless(
    `The server wants the body at another origin or as another user (${origin}), where it is not sent. ` +
      "Behind a proxy it must know its public address.",
  );
}

/** An upload that was just made is not at the URL that the server named: a new one would not be either. */
export function misplaced(url: string, status: number): Failure {
  return badResponse(
    `The server named ${addressOf(url)} for the upload that it had just made, and the answer there is ${status}. ` +
      "Behind a proxy that takes a prefix off the path it must put that prefix into Location; " +
      "several servers must share their uploads.",
  );
}

/** The server does not have the upload that the app has named. */
export function unknownUpload(url: string): Failure {
  return badResponse(
    `The server has no upload of this length at ${addressOf(url)}, and the task creates none.`,
  );
}

/** The query may have a token. */
function addressOf(url: string): string | undefined {
  return url.split("?")[0];
}

export function hopeless(message: string): Reply {
  return { kind: "hopeless", failure: badResponse(message) };
}

function badResponse(message: string): Failure {
  return { code: "bad-response", message };
}
