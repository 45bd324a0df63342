import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "../../../src/protocol/session-error.ts";
import { TASK_STATES, type TaskActivity } from "../../../src/protocol/task-state.ts";

/** Total by its type. */
const ACTIVITIES: Record<TaskActivity, true> = {
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

const documented = async (page: string): Promise<string[]> => {
  const text = await readFile(new URL(`../../../docs/${page}.md`, import.meta.url), "utf8");
  return [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name as string);
};

describe("the reference", () => {
  it("explains every error code once", async () => {
    expect((await documented("errors")).sort()).toEqual([...ERROR_CODES].sort());
  });

  it("explains every state and every activity once", async () => {
    expect((await documented("states")).sort()).toEqual([...TASK_STATES, ...Object.keys(ACTIVITIES)].sort());
  });
});
