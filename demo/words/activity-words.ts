import type { TaskActivity } from "../../src/app/index.ts";

/** Says what a running request does; `secondsToNext` if it tries again by itself. */
export function activityWords(activity: TaskActivity, secondsToNext: number | undefined): string {
  const words = WORDS[activity];
  if (secondsToNext === undefined || !TRIES_AGAIN.includes(activity)) return words;
  return `${words}. Next try in ${Math.max(1, Math.ceil(secondsToNext))} s`;
}

const TRIES_AGAIN: readonly TaskActivity[] = ["backing-off", "waiting-for-network"];

const WORDS: Readonly<Record<TaskActivity, string>> = {
  none: "Starting",
  "waiting-for-daemon": "Starting",
  "waiting-for-network": "Waiting for the network",
  "waiting-for-date": "Waiting for its start time",
  "waiting-for-page": "Waiting for a page to start it",
  "waiting-for-turn": "Waiting for its turn",
  "waiting-for-queue": "Waiting for the one before it",
  "queue-held": "Waiting, because one before it failed",
  "waiting-for-tasks": "Waiting for others to be done",
  "waiting-for-allowed-network": "Waiting for an allowed network",
  "waiting-for-idle": "Waiting for a quiet moment",
  "backing-off": "The server is busy",
  "needs-authorization": "Waiting for you to sign in",
  connecting: "Sending",
  transferring: "Sending",
  finishing: "Receiving the answer",
};
