import type { TaskProgress, TaskSnapshot } from "../app/index.ts";
import { causeOf } from "./causes.ts";
import type { Action } from "./choices.ts";
import { type FileKind, fileKindOf } from "./file-kind.ts";
import { fill } from "./formats.ts";
import { whysOf } from "./transport-whys.ts";
import type { Words } from "./words.ts";

export type Tone = "active" | "waiting" | "paused" | "done" | "failed";

/** The main button, the additional one, and the one that ends it. A button without an action is hidden. */
export type Actions = readonly [main?: Action | undefined, more?: Action | undefined, end?: Action];

/** How a task has ended. */
export type End = "succeeded" | "failed" | "cancelled";

/** Everything a row shows. */
export interface RowView {
  readonly name: string;
  readonly fileKind: FileKind;
  readonly tone: Tone;
  /** What the task does, or how it ended. */
  readonly sentence: string;
  /** When it goes on; empty if there is nothing to wait for. */
  readonly countdown: string;
  /** Bytes, speed and time left. */
  readonly figures: string;
  /** Which way the bytes take, and why; when it ended. */
  readonly source: string;
  readonly host: string;
  /** 0 to 1, `"unknown"`, or undefined if there is no bar. */
  readonly progress: number | "unknown" | undefined;
  /** What the three buttons do. A button never does what another one did: the user's finger may be on its way. */
  readonly actions: Actions;
}

/** Returns what the row of a task shows: a pure function of its snapshot. `file` is what a download brought. */
export function rowView(task: TaskSnapshot, file: File | undefined, words: Words, now: number): RowView {
  const [sentence, countdown = ""] = sentencesOf(task, words, now);
  return {
    name: nameOf(task),
    fileKind: fileKindOf(task),
    tone: toneOf(task),
    sentence,
    countdown,
    figures: figuresOf(task, words),
    source: sourceOf(task, words),
    host: new URL(task.originalRequest.url).host,
    progress: progressOf(task),
    actions: actionsOf(task, file),
  };
}

/** Returns the description of a task, or the last part of its address. */
export function nameOf({ description, originalRequest }: TaskSnapshot): string {
  if (description) return description;
  const { host, pathname } = new URL(originalRequest.url);
  const last = pathname.split("/").findLast(Boolean) ?? host;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** Returns how a task has ended. An HTTP error is no success, although the task has no error. */
export function endOf({ state, error, response }: TaskSnapshot): End | undefined {
  if (state !== "completed") return undefined;
  if (error !== undefined) return /cancelled/.test(error.code) ? "cancelled" : "failed";
  return (response?.status ?? 200) < 400 ? "succeeded" : "failed";
}

export function isMoving({ state, activity }: TaskSnapshot): boolean {
  return state === "running" && ["connecting", "transferring", "finishing"].includes(activity);
}

/** Returns how many bytes of what the user cares about have been moved, and of how many; negative if unknown. */
export function bytesOf(task: TaskSnapshot): readonly [done: number, total: number] {
  return task.kind === "upload"
    ? [task.countOfBytesSent, task.countOfBytesExpectedToSend]
    : [task.countOfBytesReceived, task.countOfBytesExpectedToReceive];
}

/** Says how a task has ended. */
export function endSentence(task: TaskSnapshot, { messages, formats }: Words): string {
  const { kind, error, response } = task;
  if (endOf(task) === "succeeded") return messages.done[kind];
  if (error !== undefined) return causeOf(error.code, messages.causes);
  return fill(messages.status, { n: formats.number(response?.status ?? 0) });
}

const TONES: Readonly<Record<End, Tone>> = { succeeded: "done", failed: "failed", cancelled: "paused" };

function toneOf(task: TaskSnapshot): Tone {
  const end = endOf(task);
  if (end !== undefined) return TONES[end];
  if (task.state !== "running") return "paused";
  return isMoving(task) ? "active" : "waiting";
}

function sentencesOf(
  task: TaskSnapshot,
  words: Words,
  now: number,
): readonly [sentence: string, countdown?: string] {
  const { messages, formats } = words;
  if (task.state === "completed") return [endSentence(task, words)];
  if (task.state === "suspended") return [messages.paused];
  if (task.state === "canceling") return [messages.canceling];
  // Browsers do not say how far a request has been sent.
  const isSending = task.activity === "connecting" && task.kind !== "download";
  if (isSending || task.activity === "transferring") return [messages.transferring[task.kind]];
  const waitMs = (task.nextAttemptDate?.getTime() ?? 0) - now;
  const counted = COUNTED[task.activity];
  if (waitMs <= 0 || counted === undefined)
    return [messages.activities[task.activity] ?? messages.activities.none];
  const n = formats.duration(waitMs / 1000);
  const [reason] = counted;
  return reason === undefined
    ? ["", fill(messages.startsIn, { n })]
    : [messages[reason], ` ${fill(messages.againIn, { n })}`];
}

/** What is said of those whose next attempt the user waits for. Others have a date, but may begin earlier or later. */
const COUNTED: Partial<Record<TaskSnapshot["activity"], readonly [reason?: "noAnswer" | "noSuccess"]>> = {
  "waiting-for-date": [],
  "waiting-for-turn": [],
  "waiting-for-network": ["noAnswer"],
  "backing-off": ["noSuccess"],
};

function figuresOf(task: TaskSnapshot, words: Words): string {
  const { messages, formats } = words;
  const [done, total] = bytesOf(task);
  const isTransferring = task.state === "running" && task.activity === "transferring";
  const whole = task.state === "completed" || total < 0 ? done : total;
  const figures: string[] = [];
  // What a failure has received is of no use, and of an error page nobody wants to know the size.
  if (["succeeded", undefined].includes(endOf(task)) && whole > 0)
    figures.push(
      done === whole || done === 0
        ? formats.bytes(whole)
        : fill(messages.bytes, { a: formats.bytes(done), b: formats.bytes(whole) }),
    );
  if (isTransferring) figures.push(...speedOf(task.progress, words));
  return figures.join(" · ");
}

/** The speed and the time left, as far as they are known and say something. */
export function speedOf(
  { bytesPerSecond = 0, secondsLeft = 0 }: Partial<TaskProgress>,
  words: Words,
): string[] {
  const { messages, formats } = words;
  if (bytesPerSecond < 1) return [];
  const speed = formats.bytes(bytesPerSecond, "-per-second");
  return secondsLeft > 0 ? [speed, fill(messages.timeLeft, { n: formats.duration(secondsLeft) })] : [speed];
}

/** With what comes before the host. */
function sourceOf(task: TaskSnapshot, { messages, formats }: Words): string {
  const { state, kind, transport, finishedAt } = task;
  const said: string[] = [];
  if (state === "running" && transport?.way === "background-fetch") said.push(messages.byBrowser);
  // A data task is over before anybody has read it.
  else if (transport !== undefined && kind !== "data" && isMoving(task)) {
    said.push(messages.byApp, ...whysOf(transport.reason, messages.whys));
  }
  if (finishedAt !== undefined) said.push(formats.date(finishedAt));
  return said.map((one) => `${one} · `).join("");
}

function progressOf(task: TaskSnapshot): RowView["progress"] {
  if (task.state === "completed") return undefined;
  return task.progress.fraction || (isMoving(task) ? "unknown" : 0);
}

/** Waiting tasks that begin at once if they are suspended and resumed. */
const IMPATIENT: readonly string[] = ["backing-off", "waiting-for-network", "needs-authorization"];

/** A file of another type could run its scripts as if they were the app's. */
const OPENED_SAFELY = /^(image\/(?!svg)|audio\/|video\/|text\/plain|application\/pdf)/;

/**
 * What would have to be sent again is gone, and of a cancelled upload it is deleted at once. What has expired may have
 * succeeded: it must not be done twice.
 */
export function canRetry({ kind, error }: TaskSnapshot): boolean {
  return error?.code === "cancelled"
    ? kind !== "upload" || !!error.resumeData
    : !/^(file-missing|expired)$/.test(error?.code ?? "");
}

function actionsOf(task: TaskSnapshot, file: File | undefined): Actions {
  switch (task.state) {
    case "suspended":
      return ["resume", undefined, "cancel"];
    case "running":
      return ["pause", IMPATIENT.includes(task.activity) ? "now" : undefined, "cancel"];
    case "canceling":
      return [];
    case "completed":
      if (endOf(task) !== "succeeded") return [canRetry(task) ? "retry" : undefined, undefined, "remove"];
      return [OPENED_SAFELY.test(file?.type ?? "") ? "open" : undefined, file && "save", "remove"];
  }
}
