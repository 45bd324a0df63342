import { isFinished, type TaskActivity } from "../protocol/task-state.ts";
import type { TaskName, TaskPicture } from "./picture.ts";

/**
 * Returns one sentence that says why a task does not run, or what it does.
 * @param now milliseconds since the epoch; the present if it is left out
 */
export function explain(task: TaskPicture, now: number = Date.now()): string {
  if (isFinished(task.state)) return endOf(task);
  if (task.failure !== undefined) return `It is being ended: ${sentence(task.failure.message)}`;
  if (task.state === "suspended")
    return "It is suspended: it begins, or goes on, when the app calls resume().";
  if (task.state === "canceling") return "It is being cancelled.";
  return SENTENCES[task.activity]?.(task, now) ?? `Its activity is unknown: ${task.activity}.`;
}

function endOf({ failure, response }: TaskPicture): string {
  if (failure !== undefined) return `It failed (${failure.code}): ${sentence(failure.message)}`;
  return response?.status === undefined ? "It has ended." : `It has ended with HTTP ${response.status}.`;
}

type Sentence = (task: TaskPicture, now: number) => string;

const SENTENCES: Record<TaskActivity, Sentence> = {
  none: () => "It waits for nothing that is known.",
  "waiting-for-daemon": ({ isActivityLive }) =>
    isActivityLive
      ? "The worker has not taken it up yet."
      : "The worker is stopped: it goes on when a page opens the session or the browser wakes the worker.",
  "waiting-for-network": ({ waiting, request, lastFailure }, now) =>
    isLater(waiting.retryAt, now)
      ? `No answer came from ${hostOf(request.url)}${inBrackets(lastFailure)}: the next attempt is ${moment(waiting.retryAt, now)}, or when the network is back.`
      : "The browser is offline: it goes on when the network is back.",
  "waiting-for-date": ({ waiting }, now) =>
    `Its earliestBeginDate has not come: it may begin ${moment(waiting.notBefore, now)}.`,
  "waiting-for-turn": ({ waiting: { limits, minimumStartInterval } }) => {
    const full = limits.find(({ used, limit }) => used >= limit);
    if (full !== undefined)
      return `It waits for a free connection: ${full.used} of ${full.limit} ${full.name} are in use.`;
    return minimumStartInterval > 0
      ? `The session begins a task every ${minimumStartInterval} seconds (minimumStartInterval).`
      : "It waits for a free connection, by a limit that only the worker knows: its own, or that of an HTTP/2 host.";
  },
  "waiting-for-queue": ({ waiting: { behind }, queue }) =>
    `${another(behind)}${inBrackets(behind?.activity.replace("none", "suspended"))} is before it in the queue "${queue}", ` +
    "which runs one task at a time.",
  "queue-held": ({ waiting, queue }) =>
    `${another(waiting.heldBy)} ended badly and holds the queue "${queue}": the app has to repeat that task (session.retry) ` +
    "or let the queue go on (queue.resume).",
  "waiting-for-tasks": ({ waiting }) =>
    `It comes after ${waiting.dependsOn.map(nameOf).join(", ") || "other tasks"}, which must succeed first.`,
  "waiting-for-page": () =>
    "The browser itself is to fetch it, which only a page can start: open a page of the app, and click in it.",
  "waiting-for-idle": ({ waiting }, now) =>
    "It is discretionary: it waits for mains power, a network that costs nothing and the end of other tasks. " +
    `Without them, it begins ${moment(waiting.latestStart, now)}.`,
  "waiting-for-allowed-network": () =>
    "The present network is not allowed: it is cellular (allowsExpensiveNetworkAccess), or the user wants to save data " +
    "(allowsConstrainedNetworkAccess). It goes on with another network.",
  "backing-off": ({ waiting, failures, attempts, lastFailure }, now) =>
    `Attempt ${attempts} failed${inBrackets(lastFailure)}: the next one is ${moment(waiting.retryAt, now)}. ` +
    `Failed answers in a row: ${failures}.` +
    (waiting.retryAfterMs > 0
      ? ` The server asked for a wait (Retry-After: ${waiting.retryAfterMs / 1000} s).`
      : ""),
  "needs-authorization": needsAuthorization,
  connecting: ({ request }) =>
    `It is not waiting: it has sent its request to ${hostOf(request.url)}, which has not answered yet.`,
  transferring: ({ bytesReceived, bytesSent, kind }) =>
    `It is not waiting: it is being transferred (${kind === "upload" ? bytesSent : bytesReceived} bytes at the last checkpoint).`,
  finishing: () => "It is not waiting: its bytes are there, and are being checked and stored.",
};

function needsAuthorization({ waiting }: TaskPicture, now: number): string {
  const { question, status, retryAt } = waiting;
  const answer = status === undefined ? "" : ` after HTTP ${status}`;
  if (question !== undefined)
    return `The app is asked${answer}: its delegate has to answer ${question} while it has the session open.`;
  if (isLater(retryAt, now))
    return `The app's willSend holds it back: it is asked again ${moment(retryAt, now)}.`;
  return `It waits for authorization${answer}: the app has to call resume().`;
}

function another(task: TaskName | undefined): string {
  return task === undefined ? "Another task" : `Task ${nameOf(task)}`;
}

function nameOf({ id, description }: TaskName): string {
  return `"${id}"${inBrackets(description)}`;
}

function inBrackets(text: string | undefined): string {
  return text ? ` (${text})` : "";
}

function isLater(time: number | undefined, now: number): boolean {
  return time !== undefined && time > now;
}

function moment(time: number | undefined, now: number): string {
  if (time === undefined) return "at a time that is not known";
  if (!isLater(time, now)) return "due now";
  const date = new Date(time);
  // A damaged row may have a time that no date can be.
  return `${durationOf(time - now)}${Number.isNaN(date.getTime()) ? "" : ` (${date.toISOString()})`}`;
}

function durationOf(ms: number): string {
  const [unit, name] = UNITS.find(([size]) => ms >= 2 * size) ?? [1_000, "second"];
  const size = Math.max(1, Math.round(ms / unit));
  return `in ${size} ${name}${size === 1 ? "" : "s"}`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
];

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function sentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}
