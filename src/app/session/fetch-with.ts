import type { SessionError } from "../../protocol/session-error.ts";
import type { BackgroundTask } from "../background-task.ts";
import type { TaskOptions } from "../tasks/task-options.ts";

/**
 * Does what `fetch` does, by a task.
 * @param make makes the task of a request
 */
export async function fetchWith(
  make: (request: Request) => BackgroundTask,
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  options: TaskOptions,
): Promise<Response> {
  // A request that is made of another one loses its referrer and its policy.
  const request = init === undefined && input instanceof Request ? input : new Request(input, init);
  const signals = [request.signal, options.signal];
  for (const signal of signals) signal?.throwIfAborted();
  const task = taskOf(() => make(request));
  void task.resume();
  const { response, error } = await task.completed;
  if (response !== undefined && error === undefined) return response;
  for (const signal of signals) signal?.throwIfAborted();
  throw failureOf(error);
}

function taskOf(make: () => BackgroundTask): BackgroundTask {
  try {
    return make();
  } catch (error) {
    throw failureOf(error as Error);
  }
}

/** Returns what `fetch` would reject with. */
function failureOf(error: SessionError | TypeError | undefined): Error {
  if (error instanceof TypeError) return error;
  const message = error?.message ?? "There was no response.";
  if (error?.code === "cancelled" || error?.code === "user-cancelled")
    return new DOMException(message, "AbortError");
  return new TypeError(message, { cause: error });
}
