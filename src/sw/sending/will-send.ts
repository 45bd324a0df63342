import { readBodyOf } from "../../protocol/request-body.ts";
import type { TaskRow } from "../../store/schema.ts";
import { during } from "../decisions/failure-class.ts";
import { type SendingTask, sendingTask } from "../ports/sending-task.ts";
import type { SentBody } from "../ports/transport.ts";

/**
 * What to do with a request: a `Request` is sent instead, with the task's body if it has one; headers are set on the
 * request and replace those of the same name; `undefined` sends it as it is; `"wait"` asks again later; `"cancel"` ends the
 * task with `cancelled`.
 */
export type SendingAnswer = Request | HeadersInit | "wait" | "cancel" | undefined;

/**
 * Called right before each request of a task is sent. What it returns is never stored. Use it for fresh tokens and signed
 * URLs, and to keep the tasks of one user from being sent with the cookies of another.
 */
export type WillSend = (request: Request, task: SendingTask) => SendingAnswer | Promise<SendingAnswer>;

/**
 * Asks the app. It may read the body and change the headers of the request that it gets: we send a new one, with the body
 * from disk. Rejects with what the app throws.
 * @param body the body of the request
 * @returns the request to send, or what to do instead
 */
export async function requestToSend(
  willSend: WillSend,
  request: Request,
  row: TaskRow,
  body: SentBody | undefined,
): Promise<Request | "wait" | "cancel"> {
  const type = request.headers.get("content-type");
  const answer = await willSend(request, sendingTask(row));
  if (answer === "wait" || answer === "cancel") return answer;
  if (answer instanceof Request && answer !== request) {
    // Chromium makes it a stream, even if the app gave bytes; HTTP/1.1 cannot carry that.
    const content = body ?? (await readBodyOf(answer));
    return during(TAKING, () => requestWithBody(answer, { request, row, body: content, type }));
  }
  const added = answer instanceof Request ? undefined : answer;
  return during(TAKING, () => {
    for (const [name, value] of new Headers(added)) request.headers.set(name, value);
    return body === undefined ? request : requestWithBody(request, { request, row, body, type });
  });
}

const TAKING = "taking the answer of willSend";

interface Asked {
  /** The request that the app got. */
  readonly request: Request;
  readonly row: TaskRow;
  readonly body: SentBody | undefined;
  /** The content type before the app was asked. */
  readonly type: string | null;
}

/** Returns `next` with the body, and with what a request loses when it is made from another one. */
function requestWithBody(next: Request, { request, row, body, type }: Asked): Request {
  const headers = new Headers(next.headers);
  const hasBoundary = body instanceof FormData && !("content-type" in row.request.headers);
  // This type has the boundary of an earlier encoding.
  if (hasBoundary && headers.get("content-type") === type) headers.delete("content-type");
  if (!hasBoundary && next !== request && type !== null && !headers.has("content-type"))
    headers.set("content-type", type);
  const result = new Request(next, {
    headers,
    // The daemon must be able to abort whatever it sends.
    signal: request.signal,
    // … and to see redirects, if it follows them itself.
    redirect: request.redirect === "manual" ? "manual" : next.redirect,
    referrer: next.referrer === "about:client" ? request.referrer : next.referrer,
    referrerPolicy: next.referrerPolicy || request.referrerPolicy,
    ...(body !== undefined && { body }),
  });
  // A Blob has a type of its own, which does not describe a slice of it.
  if (!hasBoundary && !headers.has("content-type")) result.headers.delete("content-type");
  return result;
}

/**
 * Returns the app's hook for removing a cancelled upload from the server. `"cancel"` cannot cancel the task again; the app
 * may return it because another user is signed in now, so the request is sent without cookies.
 */
export function atRemoval(willSend: WillSend): WillSend {
  return async (request, task) => {
    const answer = await willSend(request, task);
    return answer === "cancel" ? new Request(request, { credentials: "omit" }) : answer;
  };
}
