import { isQuestion } from "../../protocol/questions.ts";
import { failureOf } from "../../protocol/session-error.ts";
import { isFinished } from "../../protocol/task-state.ts";
import type { Database } from "../../store/database.ts";
import type { StoredEvent } from "../../store/outbox.ts";
import type { TaskRow } from "../../store/schema.ts";
import { taskInfoOf } from "../../store/task-info-of.ts";
import { failFinishedTask } from "../../store/tasks.ts";
import { BytesLost, readResult, type TaskResult } from "../tasks/task-result.ts";
import { warnOnce } from "../warn.ts";
import { askFor } from "./app-question.ts";
import type { EventInfo } from "./completion-handler.ts";
import type { EventCall, EventReceiver } from "./event-receiver.ts";

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
): Promise<EventCall | undefined> {
  const { handlerOf, tasks, database } = receiver;
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
  const result = await readResult(database, row).catch((error) => recordLoss(database, row, error));
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

/** The bytes of a finished task cannot be read: records that, so that `didComplete` says so too. */
async function recordLoss(database: Database, row: TaskRow, error: unknown): Promise<TaskResult> {
  // The platform will never accept what is damaged. Any other error may be gone at the next try.
  const lost =
    error instanceof TypeError
      ? new BytesLost("storage-lost", `The stored answer is damaged: ${error}`)
      : error;
  if (!(lost instanceof BytesLost)) throw lost;
  await failFinishedTask(database, row, failureOf(lost));
  return { error: lost };
}
