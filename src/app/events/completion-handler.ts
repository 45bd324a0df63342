import type { TaskResult } from "../tasks/task-result.ts";

/** Identifies an event: `eventId` is the same each time it is delivered, so that an app can recognize a repetition. */
export interface EventInfo {
  /** A UUID. */
  readonly eventId: string;
  /** 1, plus one for each time the delegate threw. */
  readonly delivery: number;
}

/**
 * Called with the result of a task that names it, and with the context that was stored with the task. The result
 * stays on disk until its promise has fulfilled.
 */
// biome-ignore lint/suspicious/noExplicitAny: only the app knows what it stored, and it may annotate its handler.
export type CompletionHandler<Context = any> = (
  result: TaskResult,
  context: Context,
  event: EventInfo,
) => unknown;

/** Returns the handler of that name; the name of an inherited property is no handler. */
export function handlerIn(
  handlers: Readonly<Record<string, CompletionHandler>>,
  name: string,
): CompletionHandler | undefined {
  return Object.hasOwn(handlers, name) ? handlers[name] : undefined;
}
