import type { TaskSnapshot } from "../app/index.ts";
import { causeOf, whyOf } from "./causes.ts";
import type { Action } from "./choices.ts";
import { type FileKind, fileKindOf } from "./file-kind.ts";
import { fill } from "./formats.ts";
import type { Words } from "./words.ts";

export type Tone = "active" | "waiting" | "paused" | "done" | "failed";

/** Everything a row shows. */
export interface RowView {
  readonly name: string;
  readonly fileKind: FileKind;
  readonly tone: Tone;
  /** What the task does, or how it ended. */
  readonly sentence: string;
  /** Bytes, speed and time left. */
  readonly figures: string;
  /** The host, the transport, and the reason for the transport. */
  readonly source: string;
  /** 0 to 1, `"unknown"`, or undefined if there is no bar. */
  readonly progress: number | "unknown" | undefined;
  /** The main one first; it is the same button whatever it does. */
  readonly actions: readonly Action[];
  /** The row counts down; undefined if there is nothing to wait for. */
  readonly secondsToStart: number | undefined;
}

/** Returns what the row of a task shows: a pure function of its snapshot. `file` is what a download brought. */
export function rowView(task: TaskSnapshot, file: File | undefined, words: Words, now: number): RowView {
  const { nextAttemptDate: next } = task;
  const isAhead = task.state === "running" && next !== undefined && next.getTime() > now;
  const secondsToStart = isAhead ? (next.getTime() - now) / 1000 : undefined;
  return {
    name: nameOf(task),
    fileKind: fileKindOf(task),
    tone: toneOf(task),
    sentence: sentenceOf(task, words, secondsToStart),
    figures: figuresOf(task, words),
    source: sourceOf(task, words),
    progress: progressOf(task),
    actions: actionsOf(task, file),
    secondsToStart,
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

/** Returns what tells a task from all others: the id of one that was replaced, or is forgotten, may be used again. */
export function keyOf({ id, createdAt }: TaskSnapshot): string {
  return `${createdAt.getTime()} ${id}`;
}

/** Whether it ended as the user wanted. An HTTP error is no success, although the task has no error. */
export function hasSucceeded({ state, error, response }: TaskSnapshot): boolean {
  return state === "completed" && error === undefined && (response?.status ?? 200) < 400;
}

export function hasFailed(task: TaskSnapshot): boolean {
  return task.state === "completed" && !hasSucceeded(task);
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

/** Says why a task failed. */
export function failureSentence({ error, response }: TaskSnapshot, { messages, formats }: Words): string {
  if (error !== undefined) return causeOf(error.code, messages.causes);
  return fill(messages.status, { n: formats.number(response?.status ?? 0) });
}

function toneOf(task: TaskSnapshot): Tone {
  if (hasSucceeded(task)) return "done";
  if (task.state === "completed") return task.error?.code === "cancelled" ? "paused" : "failed";
  if (task.state !== "running") return "paused";
  return isMoving(task) ? "active" : "waiting";
}

function sentenceOf(task: TaskSnapshot, words: Words, secondsToStart: number | undefined): string {
  const { messages, formats } = words;
  if (hasSucceeded(task)) return messages.done[task.kind];
  if (task.state === "completed") return failureSentence(task, words);
  if (task.state === "suspended") return messages.paused;
  if (task.state === "canceling") return messages.canceling;
  if (task.activity === "transferring") return messages.transferring[task.kind];
  if (secondsToStart !== undefined)
    return fill(task.attempts === 0 ? messages.startsIn : messages.againIn, {
      n: formats.duration(secondsToStart),
    });
  return messages.activities[task.activity] ?? messages.activities.none;
}

function figuresOf(task: TaskSnapshot, { messages, formats }: Words): string {
  const [done, total] = bytesOf(task);
  const { bytesPerSecond, secondsLeft } = task.progress;
  const isTransferring = task.state === "running" && task.activity === "transferring";
  const isWhole = task.state === "completed" || total < 0;
  const figures: string[] = [];
  // What a failure has received is of no use, and of an error page nobody wants to know the size.
  if (!hasFailed(task) && (done > 0 || total > 0))
    figures.push(
      isWhole
        ? formats.bytes(done)
        : fill(messages.bytes, { a: formats.bytes(done), b: formats.bytes(total) }),
    );
  if (isTransferring && bytesPerSecond) figures.push(formats.speed(bytesPerSecond));
  if (isTransferring && secondsLeft !== undefined)
    figures.push(fill(messages.timeLeft, { n: formats.duration(secondsLeft) }));
  return figures.join(" · ");
}

function sourceOf({ state, transport, originalRequest }: TaskSnapshot, { messages }: Words): string {
  const { host } = new URL(originalRequest.url);
  if (state !== "running" || transport === undefined) return host;
  return `${host} · ${messages.ways[transport.way]}: ${whyOf(transport.reason, messages.whys)}`;
}

function progressOf(task: TaskSnapshot): RowView["progress"] {
  if (task.state === "completed") return undefined;
  return task.progress.fraction ?? (isMoving(task) ? "unknown" : 0);
}

/** Waiting tasks that begin at once if they are suspended and resumed. */
const IMPATIENT: readonly string[] = ["backing-off", "waiting-for-network", "needs-authorization"];

/** A file of another type could run its scripts as if they were the app's. */
const OPENED_SAFELY = /^(image\/(?!svg)|audio\/|video\/|text\/plain|application\/pdf)/;

function actionsOf(task: TaskSnapshot, file: File | undefined): readonly Action[] {
  switch (task.state) {
    case "suspended":
      return ["resume", "cancel"];
    case "running":
      return IMPATIENT.includes(task.activity) ? ["pause", "now", "cancel"] : ["pause", "cancel"];
    case "canceling":
      return [];
    case "completed":
      if (hasFailed(task)) return ["retry", "remove"];
      if (file === undefined) return ["remove"];
      return OPENED_SAFELY.test(file.type) ? ["open", "save", "remove"] : ["save", "remove"];
  }
}
