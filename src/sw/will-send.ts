import type { TaskKind } from "../protocol/task-info.ts";
import type { TaskRow } from "../store/schema.ts";
import { during } from "./failure-class.ts";

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
 * Asks the app; `body` is that of the request.
 * @returns the request to send, or what to do instead; rejects with what the app throws
 */
export async function requestToSend(
  willSend: WillSend,
  request: Request,
  row: TaskRow,
  body: Blob | FormData | undefined,
): Promise<Request | "wait" | "cancel"> {
  const answer = await willSend(request, sendingTask(row));
  if (answer === undefined || answer === request) return request;
  if (answer === "wait" || answer === "cancel") return answer;
  return during("taking the answer of willSend", () => {
    if (answer instanceof Request) return insteadOf(request, answer, body);
    for (const [name, value] of new Headers(answer)) request.headers.set(name, value);
    return request;
  });
}

/**
 * The body of a request that was made of another one is a stream in Chromium, which HTTP/1.1 does not carry, and is
 * nothing at all in Firefox: it comes from the disk again.
 */
function insteadOf(
  { signal, headers }: Request,
  answer: Request,
  body: Blob | FormData | undefined,
): Request {
  // The daemon must be able to break off whatever it sends.
  if (body === undefined) return new Request(answer, { signal });
  const next = new Headers(answer.headers);
  // It has the boundary in it of a form that was encoded before.
  if (body instanceof FormData && next.get("content-type") === headers.get("content-type"))
    next.delete("content-type");
  return new Request(answer, { signal, headers: next, body });
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
