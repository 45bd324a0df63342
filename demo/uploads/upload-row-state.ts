import type { BackgroundTask } from "../../src/app/index.ts";
import type { LibraryEntry, Outcome } from "../library/schema.ts";
import type { Transfer } from "../transfer.ts";
import { isMoving, type RowState, standing, wayOf } from "../view/row-state.ts";
import { byteProgressWords, byteWords, speedWords } from "../words/byte-words.ts";
import { ERROR_WORDS } from "../words/error-words.ts";
import { statusWords } from "../words/status-words.ts";
import { timeLeftWords } from "../words/time-words.ts";
import { uploadSentence } from "./upload-words.ts";

/** Returns what the row of an upload shows: a pure function of it. */
export function uploadRowState(upload: Transfer): RowState {
  return upload.kind === "task" ? taskState(upload.task) : entryState(upload.entry);
}

function taskState(task: BackgroundTask): RowState {
  const { url } = task.originalRequest;
  const { fraction } = task.progress;
  const { sentence, ...rest } = standing(task);
  return {
    name: task.description ?? url,
    source: wayWords(url),
    ...rest,
    sentence: uploadSentence(task, sentence),
    figures: figures(task),
    way: wayOf(task, "upload"),
    // One request says nothing of its progress until it is answered.
    progress: fraction ?? (isMoving(task) ? "unknown" : 0),
    detail: undefined,
  };
}

function figures(task: BackgroundTask): string {
  const { countOfBytesSent: sent, countOfBytesExpectedToSend: expected, attempts, progress } = task;
  const { bytesPerSecond, secondsLeft } = progress;
  const isTransferring = task.state === "running" && task.activity === "transferring";
  return [
    sent > 0 ? byteProgressWords(sent, expected) : byteWords(Math.max(0, expected)),
    isTransferring && bytesPerSecond ? speedWords(bytesPerSecond) : "",
    isTransferring && secondsLeft !== undefined ? timeLeftWords(secondsLeft) : "",
    attempts > 1 ? `attempt ${attempts}` : "",
  ]
    .filter((words) => words !== "")
    .join(" · ");
}

function entryState({ name, url, attempts, outcome, resumeData }: LibraryEntry): RowState {
  return {
    name,
    source: wayWords(url),
    ...ending(outcome, resumeData !== undefined),
    figures: [
      outcome.kind === "file" ? byteWords(outcome.sizeBytes) : "",
      attempts > 1 ? `${attempts} attempts` : "",
    ]
      .filter((words) => words !== "")
      .join(" · "),
    way: "",
    progress: undefined,
  };
}

function ending(
  outcome: Outcome,
  canRetry: boolean,
): Pick<RowState, "sentence" | "tone" | "actions" | "detail"> {
  switch (outcome.kind) {
    case "file":
      return { sentence: "Sent", tone: "done", actions: ["answer", "remove"], detail: undefined };
    case "refused": {
      const sentence = statusWords(outcome.status, outcome.statusText);
      return { sentence, tone: "failed", actions: ["answer", "remove"], detail: undefined };
    }
    case "failed": {
      const isCancelled = outcome.code === "cancelled";
      return {
        sentence: ERROR_WORDS[outcome.code],
        tone: isCancelled ? "paused" : "failed",
        actions: canRetry ? ["retry", "remove"] : ["remove"],
        detail: isCancelled ? undefined : outcome.message,
      };
    }
  }
}

function wayWords(address: string): string {
  const { host, pathname } = new URL(address);
  const way = { "/tus": "tus", "/ietf": "resumable (IETF)" }[pathname] ?? "one request";
  return `${host} · ${way}`;
}
