import { isQuestion } from "../../protocol/questions.ts";
import { isFinished } from "../../protocol/task-state.ts";
import type { StoredEvent } from "../../store/outbox.ts";
import type { TaskRow } from "../../store/schema.ts";
import { taskInfoOf } from "../../store/task-info-of.ts";
import { warnOnce } from "../warn.ts";
import { askFor } from "./app-question.ts";
import type { EventInfo } from "./completion-handler.ts";
import type { EventCall, EventReceiver } from "./event-receiver.ts";
import type { OwnersOutbox } from "./owners-outbox.ts";

/** After this time, other tasks' events no longer wait for the promise of a delegate (E3). */
const PATIENCE_MS = 30_000;

const NO_COMPLETION = { handler: "", context: undefined };

/** Whether the row has what the event tells of. */
export function isOwed({ type }: StoredEvent, { hold, state }: TaskRow): boolean {
  return isQuestion(type) ? hold?.asks === type : isFinished(state);
}

/** Prepares the call for an event; undefined if this realm has nobody for it. */
export async function callFor(
  event: StoredEvent,
  row: TaskRow,
  receiver: EventReceiver,
  outbox: OwnersOutbox,
): Promise<EventCall | undefined> {
  const { handlerOf, tasks } = receiver;
  const { handler, context } = row.completion ?? NO_COMPLETION;
  const { delegate = handlerOf(handler) && {} } = receiver;
  if (delegate === undefined) return undefined;
  const task = tasks.handleOf(taskInfoOf(row));
  const info: EventInfo = { eventId: event.eventId, delivery: event.refusals + 1 };
  if (isQuestion(event.type)) return askFor(event.type, row, task, info, receiver);
  if (event.type === "didFinishCollectingMetrics") {
    const { createdAt, finishedAt = createdAt, metrics: attempts = [] } = row;
    return () => delegate.didFinishCollectingMetrics?.(task, { createdAt, finishedAt, attempts }, info);
  }
  if (event.type === "didComplete") return () => delegate.didComplete?.(task, task.error, info);
  const result = await outbox.resultOf(row);
  if (event.type === "didFinishDownloading") {
    const { file } = result;
    // Without a file, didComplete follows and says why.
    return () => file && delegate.didFinishDownloading?.(task, file, info);
  }
  const call = handlerOf(handler);
  if (call !== undefined) return () => call(result, context as never, info);
  warnOnce(`A result waits for the completion handler "${handler}", which this session does not have.`);
  return undefined;
}

/** Waits for a promise no longer than 30 s. @returns whether it has fulfilled */
export function settlesInTime(promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS, false);
    void promise.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
