import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isFinished,
  nextState,
  TASK_EVENTS,
  TASK_STATES,
  type TaskEvent,
  type TaskState,
} from "../../../src/protocol/task-state.ts";

/** The table once more, spelt out: [state, resume, suspend, cancel, finish]. */
const EXPECTED: [TaskState, TaskState, TaskState, TaskState, TaskState][] = [
  ["suspended", "running", "suspended", "canceling", "completed"],
  ["running", "running", "suspended", "canceling", "completed"],
  ["canceling", "canceling", "canceling", "canceling", "completed"],
  ["completed", "completed", "completed", "completed", "completed"],
];

describe("the table of task states", () => {
  it("has Apple's four states", () => {
    expect([...TASK_STATES].sort()).toEqual(["canceling", "completed", "running", "suspended"]);
  });

  const walk = EXPECTED.flatMap(([state, ...next]) =>
    (["resume", "suspend", "cancel", "finish"] as const).map(
      (event, index) => [state, event, next[index]] as const,
    ),
  );

  it.each(walk)("%s, %s → %s", (state, event, next) => {
    expect(nextState(state, event)).toBe(next);
  });

  it("is total: each event in each state gives a state", () => {
    expect(walk.length).toBe(TASK_STATES.length * TASK_EVENTS.length);
    for (const state of TASK_STATES)
      for (const event of TASK_EVENTS) expect(TASK_STATES).toContain(nextState(state, event));
  });

  it("has one finished state, and nothing leads out of it", () => {
    expect(TASK_STATES.filter(isFinished)).toEqual(["completed"]);
    for (const event of TASK_EVENTS) expect(nextState("completed", event)).toBe("completed");
  });

  it("an unknown state of another version can only be finished", () => {
    const unknown = "toString" as TaskState;
    expect(isFinished(unknown)).toBe(false);
    expect(nextState(unknown, "finish")).toBe("completed");
    for (const event of ["resume", "suspend", "cancel"] as const) {
      expect(nextState(unknown, event)).toBe(unknown);
    }
  });

  it("repeating an event at once changes nothing", () => {
    for (const state of TASK_STATES)
      for (const event of TASK_EVENTS) {
        const once = nextState(state, event);
        expect(nextState(once, event)).toBe(once);
      }
  });

  it("finish ends a task after any events, and a cancelled task never runs again", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TASK_STATES),
        fc.array(fc.constantFrom<TaskEvent>(...TASK_EVENTS)),
        (start, events) => {
          const end = events.reduce(nextState, start);
          expect(nextState(end, "finish")).toBe("completed");
          if (events.includes("cancel")) expect(["canceling", "completed"]).toContain(end);
        },
      ),
    );
  });
});
