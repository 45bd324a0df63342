import type { BackgroundTask } from "../../src/app/index.ts";
import type { LibraryEntry, Outcome } from "../library/schema.ts";
import type { Transfer } from "../transfer.ts";
import { activityWords } from "../words/activity-words.ts";
import { byteProgressWords, byteWords, speedWords } from "../words/byte-words.ts";
import { ERROR_WORDS } from "../words/error-words.ts";
import { sourceWords } from "../words/source-words.ts";
import { statusWords } from "../words/status-words.ts";
import { timeLeftWords } from "../words/time-words.ts";
import { transportWords } from "../words/transport-words.ts";

export type Action = "pause" | "resume" | "retry" | "open" | "save" | "answer" | "cancel" | "remove";
export type Tone = "active" | "waiting" | "paused" | "done" | "failed";

/** Everything a row shows. */
export interface RowState {
  readonly name: string;
  readonly source: string;
  readonly sentence: string;
  readonly tone: Tone;
  readonly figures: string;
  /** The transport that carries the bytes, and the reason; empty if nothing is to be sent. */
  readonly way: string;
  /** 0 to 1, `"unknown"`, or undefined if there is no bar. */
  readonly progress: number | "unknown" | undefined;
  readonly detail: string | undefined;
  readonly actions: readonly Action[];
}

/** Returns what the row of a transfer shows: a pure function of it. */
export function rowState(transfer: Transfer): RowState {
  return transfer.kind === "task" ? taskState(transfer.task) : entryState(transfer.entry);
}

function taskState(task: BackgroundTask): RowState {
  const { url } = task.originalRequest;
  return {
    name: task.description ?? url,
    source: sourceWords(url),
    ...standing(task),
    figures: figures(task),
    way: wayOf(task, "download"),
    progress: task.progress.fraction ?? (isMoving(task) ? "unknown" : 0),
    detail: undefined,
  };
}

/** The sentence of a task that has not ended, with its tone and actions. */
export function standing(task: BackgroundTask): Pick<RowState, "sentence" | "tone" | "actions"> {
  switch (task.state) {
    case "suspended":
      return { sentence: "Paused", tone: "paused", actions: ["resume", "cancel"] };
    case "canceling":
      return { sentence: "Cancelling", tone: "paused", actions: [] };
    case "completed":
      return { sentence: "Adding it to the library", tone: "active", actions: [] };
    case "running": {
      const sentence = activityWords(task.activity, task.attempts);
      return { sentence, tone: isMoving(task) ? "active" : "waiting", actions: ["pause", "cancel"] };
    }
  }
}

export function isMoving({ state, activity }: BackgroundTask): boolean {
  if (state === "completed") return true;
  return state === "running" && ["connecting", "transferring", "finishing"].includes(activity);
}

/** Says which transport a running task uses. */
export function wayOf({ state, transport }: BackgroundTask, kind: "download" | "upload"): string {
  return state === "running" && transport !== undefined ? transportWords(transport, kind) : "";
}

function figures(task: BackgroundTask): string {
  const { countOfBytesReceived: received, countOfBytesExpectedToReceive: expected, attempts } = task;
  const { bytesPerSecond, secondsLeft } = task.progress;
  const isTransferring = task.state === "running" && task.activity === "transferring";
  return [
    received > 0 || expected > 0 ? byteProgressWords(received, expected) : "",
    isTransferring && bytesPerSecond ? speedWords(bytesPerSecond) : "",
    isTransferring && secondsLeft !== undefined ? timeLeftWords(secondsLeft) : "",
    attempts > 1 ? `attempt ${attempts}` : "",
  ]
    .filter((words) => words !== "")
    .join(" · ");
}

function entryState({ name, url, attempts, outcome }: LibraryEntry): RowState {
  const attemptWords = attempts > 1 ? `${attempts} attempts` : "";
  const sizeWords = outcome.kind === "file" ? byteWords(outcome.sizeBytes) : "";
  return {
    name,
    source: sourceWords(url),
    ...ending(outcome),
    figures: [sizeWords, attemptWords].filter((words) => words !== "").join(" · "),
    way: "",
    progress: undefined,
  };
}

function ending(outcome: Outcome): Pick<RowState, "sentence" | "tone" | "actions" | "detail"> {
  const failed = { tone: "failed", actions: ["retry", "remove"], detail: undefined } as const;
  switch (outcome.kind) {
    case "file":
      return { sentence: "Finished", tone: "done", actions: ["open", "save", "remove"], detail: undefined };
    case "refused":
      return { ...failed, sentence: statusWords(outcome.status, outcome.statusText) };
    case "failed": {
      const sentence = ERROR_WORDS[outcome.code];
      if (outcome.code === "cancelled") return { ...failed, sentence, tone: "paused" };
      return { ...failed, sentence, detail: outcome.message };
    }
  }
}
