import type { TaskActivity } from "../../src/app/index.ts";

/** Says what a running task does. `attempts` counts those begun so far. */
export function activityWords(activity: TaskActivity, attempts: number): string {
  if (activity === "backing-off") return `Trying again soon (attempt ${attempts + 1})`;
  return WORDS[activity];
}

const WORDS: Readonly<Record<Exclude<TaskActivity, "backing-off">, string>> = {
  none: "Starting",
  "waiting-for-daemon": "Starting",
  "waiting-for-network": "Waiting for the network or the server",
  "waiting-for-date": "Waiting for its start time",
  "waiting-for-page": "Waiting for a page to start it",
  "waiting-for-turn": "Waiting for its turn",
  "waiting-for-queue": "Waiting for those before it",
  "queue-held": "Waiting, because one before it failed",
  "waiting-for-tasks": "Waiting for others to be done",
  "waiting-for-allowed-network": "Waiting for an allowed network",
  "waiting-for-idle": "Waiting for a quiet moment",
  "needs-authorization": "Waiting for you to sign in",
  connecting: "Connecting",
  transferring: "Downloading",
  finishing: "Checking the file",
};
