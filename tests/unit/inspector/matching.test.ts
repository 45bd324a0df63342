import { describe, expect, it } from "vitest";
import { FILTERS, matching } from "../../../src/inspector/element/matching.ts";
import type { TaskPicture } from "../../../src/inspector/picture.ts";

function task(id: string, facts: Partial<TaskPicture> = {}): TaskPicture {
  return {
    id,
    session: "session",
    state: "running",
    activity: "backing-off",
    ...IDLE,
    ...facts,
  } as TaskPicture;
}

const IDLE = {
  kind: "data",
  request: { url: "https://app.test/notes", headers: {} },
  waiting: { dependsOn: [], limits: [], retryAfterMs: 0 },
  createdAt: 1,
  attempts: 1,
  failures: 0,
  metrics: [],
};

const TASKS = [
  task("first", { state: "completed", activity: "none", finishedAt: 5 }),
  task("waits"),
  task("refused", {
    state: "completed",
    activity: "none",
    finishedAt: 9,
    failure: { code: "timed-out", message: "" },
  }),
  task("runs", { activity: "transferring" }),
  task("absent", {
    state: "completed",
    activity: "none",
    finishedAt: 7,
    response: { url: "https://app.test/", status: 404, headers: {} },
  }),
];

describe("the list of the inspector", () => {
  it.each([
    ["all", ["waits", "runs", "refused", "absent", "first"]],
    ["unfinished", ["waits", "runs"]],
    ["waiting", ["waits"]],
    ["failed", ["refused", "absent"]],
  ] as const)("has with the filter %s, unfinished ones first, then the last to finish", (filter, ids) => {
    expect(FILTERS).toContain(filter);
    expect(matching(TASKS, filter, "").map(({ id }) => id)).toEqual(ids);
    expect(TASKS[0]?.id).toBe("first");
  });

  it("has the tasks that have every word of the search in what is shown of them", () => {
    expect(matching(TASKS, "all", " NOTES  ref").map(({ id }) => id)).toEqual(["refused"]);
    expect(matching(TASKS, "all", "nothing")).toEqual([]);
  });
});
