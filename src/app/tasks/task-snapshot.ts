import { type TaskInfo, UNKNOWN_LENGTH } from "../../protocol/task-info.ts";
import { isFinished } from "../../protocol/task-state.ts";
import type { BackgroundTask, TaskProgress, TaskSnapshot } from "../background-task.ts";
import { errorOf, isOk } from "./task-result.ts";

/** Returns what the app sees of a task, frozen. */
export function taskSnapshot(task: BackgroundTask, info: TaskInfo): TaskSnapshot {
  const { key, id, kind, description, group, queue, state, activity, priority, transport, attempts } = info;
  const { url, method, headers } = info.request;
  const originalRequest = Object.freeze({ url, method, headers: frozen(headers) });
  const { response } = info;
  return Object.freeze({
    task,
    uid: key,
    id,
    kind,
    description,
    group,
    queue,
    state,
    activity,
    priority,
    transport: transport && frozen(transport),
    attempts,
    originalRequest,
    currentRequest: frozen({ ...originalRequest, url: response?.url || url }),
    response:
      response && frozen({ ...response, headers: frozen(response.headers), ok: isOk(response.status) }),
    error: errorOf(info),
    nextAttemptDate: dateOf(info.nextAttemptAt),
    earliestBeginDate: dateOf(info.earliestBeginDate),
    createdAt: new Date(info.createdAt),
    finishedAt: dateOf(info.finishedAt),
    countOfBytesReceived: info.bytesReceived,
    countOfBytesExpectedToReceive: info.bytesExpectedToReceive,
    countOfBytesSent: info.bytesSent,
    countOfBytesExpectedToSend: info.bytesExpectedToSend,
    countOfBytesClientExpectsToSend: info.clientExpectsToSend,
    countOfBytesClientExpectsToReceive: info.clientExpectsToReceive,
    progress: frozen(progressOf(info)),
  });
}

function frozen<Value extends object>(value: Value): Value {
  return Object.freeze({ ...value });
}

function dateOf(timeMs: number | undefined): Date | undefined {
  return timeMs === undefined ? undefined : new Date(timeMs);
}

function progressOf(info: TaskInfo): TaskProgress {
  const { bytesPerSecond } = info;
  const [done, known, guess = UNKNOWN_LENGTH] = countsOf(info);
  // What succeeded is whole, even if nobody said how long it would be; the length of what failed is not known.
  const hasEnded = isFinished(info.state);
  const whole = hasEnded && info.failure === undefined ? done : UNKNOWN_LENGTH;
  const expected = known < 0 ? (hasEnded ? whole : guess) : known;
  if (expected < 0) return { fraction: undefined, bytesPerSecond, secondsLeft: undefined };
  const fraction = expected === 0 ? 1 : Math.min(1, done / expected);
  const bytesLeft = Math.max(0, expected - done);
  return { fraction, bytesPerSecond, secondsLeft: bytesPerSecond ? bytesLeft / bytesPerSecond : undefined };
}

function countsOf(info: TaskInfo): [done: number, expected: number, guess?: number | undefined] {
  const { kind, bytesReceived, bytesExpectedToReceive, clientExpectsToReceive } = info;
  const { bytesSent, bytesExpectedToSend, clientExpectsToSend, uploadProtocol } = info;
  if (kind !== "upload") return [bytesReceived, bytesExpectedToReceive, clientExpectsToReceive];
  // The platform does not tell how far one request is.
  const isUnknown = uploadProtocol === undefined && info.state === "running";
  return isUnknown ? [0, UNKNOWN_LENGTH] : [bytesSent, bytesExpectedToSend, clientExpectsToSend];
}
