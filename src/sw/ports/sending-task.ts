import type { TaskKind } from "../../protocol/task-info.ts";
import type { TaskRow } from "../../store/schema.ts";

/** What `willSend` learns about the task whose request is about to be sent. */
export interface SendingTask {
  /** Identifier of the task's session. */
  readonly session: string;
  /** Unique in its session while the task or its events are kept. */
  readonly id: string;
  /** The method that made it: `downloadTask`, `uploadTask` or `dataTask`. */
  readonly kind: TaskKind;
  /** Free text of the app's; undefined if it has none. */
  readonly description: string | undefined;
  /** The context that the app stored for the completion handler, e.g. which user owns the task. */
  readonly context: unknown;
  /**
   * The request as the app made it, without its body: the whole `url`, the `method`, and `headers` by names in lower
   * case.
   */
  readonly originalRequest: {
    readonly url: string;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  /** Attempts recorded before this request. */
  readonly attempts: number;
}

export function sendingTask(row: TaskRow): SendingTask {
  const { session, id, kind, description, attempts, completion } = row;
  const { url, method, headers } = row.request;
  const context = structuredClone(completion?.context);
  return { session, id, kind, description, context, originalRequest: { url, method, headers }, attempts };
}
