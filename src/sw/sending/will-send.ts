import { readBodyOf } from "../../protocol/request-body.ts";
import type { TaskKind } from "../../protocol/task-info.ts";
import type { TaskRow } from "../../store/schema.ts";
import { during } from "../decisions/failure-class.ts";
import type { SentBody } from "../ports/transport.ts";

/** What `willSend` may know of the task whose request is about to be sent. */
export interface SendingTask {
  /** Identifier of its session. */
  readonly session: string;
  readonly id: string;
  readonly kind: TaskKind;
  readonly description: string | undefined;
  /** The context that the app stored with it for its completion handler, e.g. whose task it is. */
  readonly context: unknown;
  /** As the app made it, without its body. */
  readonly originalRequest: {
    readonly url: string;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  /** Requests made before this one, as far as they were recorded. */
  readonly attempts: number;
}

/**
 * Another request to send instead, with the body of the task where it has one; headers to set on this one, each in place of that of the same name; nothing, to
 * send it as it is; `"wait"`, to be asked again later; or `"cancel"`, which ends the task with `cancelled`.
 */
export type SendingAnswer = Request | HeadersInit | "wait" | "cancel" | undefined;

/**
 * Called right before each request of a task is sent. What it returns is never stored: the place for fresh tokens and
 * signed addresses, and for keeping the tasks of one user from going out under the cookies of another.
 */
export type WillSend = (request: Request, task: SendingTask) => SendingAnswer | Promise<SendingAnswer>;

/**
 * Asks the app; `body` is that of the request. The app may read the body and change the headers of the request it is
 * given: what is sent is made anew, with the body from disk.
 * @returns the request to send, or what to do instead; rejects with what the app throws
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
    // A stream in Chromium, even if the app gave bytes; HTTP/1.1 cannot carry that.
    const content = body ?? (await readBodyOf(answer));
    return during(TAKING, () => readied(answer, { request, row, body: content, type }));
  }
  const added = answer instanceof Request ? undefined : answer;
  return during(TAKING, () => {
    for (const [name, value] of new Headers(added)) request.headers.set(name, value);
    return body === undefined ? request : readied(request, { request, row, body, type });
  });
}

const TAKING = "taking the answer of willSend";

interface Asked {
  /** The request that the app was given. */
  readonly request: Request;
  readonly row: TaskRow;
  readonly body: SentBody | undefined;
  /** The content type before the app was asked. */
  readonly type: string | null;
}

/** Returns `next` as it goes out: with the body, and with what a request loses that is made of another one. */
function readied(next: Request, { request, row, body, type }: Asked): Request {
  const headers = new Headers(next.headers);
  const hasBoundary = body instanceof FormData && !("content-type" in row.request.headers);
  // It is that of a form that was encoded before.
  if (hasBoundary && headers.get("content-type") === type) headers.delete("content-type");
  if (!hasBoundary && next !== request && type !== null && !headers.has("content-type"))
    headers.set("content-type", type);
  const result = new Request(next, {
    headers,
    // The daemon must be able to break off whatever it sends.
    signal: request.signal,
    // … and to see its redirects, if it follows them itself.
    redirect: request.redirect === "manual" ? "manual" : next.redirect,
    referrer: next.referrer === "about:client" ? request.referrer : next.referrer,
    referrerPolicy: next.referrerPolicy || request.referrerPolicy,
    ...(body !== undefined && { body }),
  });
  // A Blob brings a type of its own, which is not that of a piece of it.
  if (!hasBoundary && !headers.has("content-type")) result.headers.delete("content-type");
  return result;
}

/**
 * Returns the app's hook for taking a cancelled upload off the server. What it cancels has been cancelled; it may have
 * said so since somebody else is signed in now, whose cookies do not go along.
 */
export function atRemoval(willSend: WillSend): WillSend {
  return async (request, task) => {
    const answer = await willSend(request, task);
    return answer === "cancel" ? new Request(request, { credentials: "omit" }) : answer;
  };
}

function sendingTask(row: TaskRow): SendingTask {
  const { session, id, kind, description, attempts, completion } = row;
  const { url, method, headers } = row.request;
  const context = structuredClone(completion?.context);
  return { session, id, kind, description, context, originalRequest: { url, method, headers }, attempts };
}
