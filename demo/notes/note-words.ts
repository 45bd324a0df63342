import type { TaskSnapshot } from "../../src/app/index.ts";
import { activityWords } from "../words/activity-words.ts";
import { clockWords } from "../words/clock-words.ts";
import { ERROR_WORDS } from "../words/error-words.ts";
import { statusWords } from "../words/status-words.ts";

type Note = Pick<
  TaskSnapshot,
  "state" | "activity" | "error" | "response" | "finishedAt" | "nextAttemptDate"
>;

export interface NoteWords {
  readonly sentence: string;
  readonly tone: "done" | "waiting" | "failed";
}

/** Says what becomes of a note. */
export function noteWords(note: Note, now: number): NoteWords {
  const { state, activity, error, response, finishedAt, nextAttemptDate } = note;
  if (state !== "completed") {
    const next = nextAttemptDate === undefined ? undefined : (nextAttemptDate.getTime() - now) / 1000;
    return { sentence: activityWords(activity, next), tone: "waiting" };
  }
  if (error !== undefined) return { sentence: ERROR_WORDS[error.code], tone: "failed" };
  if (response?.ok === false)
    return { sentence: statusWords(response.status, response.statusText), tone: "failed" };
  return { sentence: `Sent at ${clockWords(finishedAt?.getTime() ?? now)}`, tone: "done" };
}
