import type { TaskActivity } from "../../src/protocol/task-state.ts";

/** Total by its type: a new activity must be told and documented. */
const EVERY: Readonly<Record<TaskActivity, true>> = {
  none: true,
  "waiting-for-daemon": true,
  "waiting-for-network": true,
  "waiting-for-date": true,
  "waiting-for-turn": true,
  "waiting-for-queue": true,
  "queue-held": true,
  "waiting-for-tasks": true,
  "waiting-for-page": true,
  "waiting-for-idle": true,
  "waiting-for-allowed-network": true,
  "backing-off": true,
  "needs-authorization": true,
  connecting: true,
  transferring: true,
  finishing: true,
};

export const TASK_ACTIVITIES = Object.keys(EVERY) as readonly TaskActivity[];
