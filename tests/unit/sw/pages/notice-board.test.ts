import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Notice } from "../../../../src/protocol/notices.ts";
import type { TaskInfo } from "../../../../src/protocol/task-info.ts";
import { taskInfoOf } from "../../../../src/store/task-info-of.ts";
import { NoticeBoard } from "../../../../src/sw/pages/notice-board.ts";
import { taskRow } from "../../../support/task-row.ts";

interface Told {
  readonly at: number;
  readonly notice: Notice;
}

describe("NoticeBoard", () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  function boardAndTold(): [NoticeBoard, Told[]] {
    const told: Told[] = [];
    return [new NoticeBoard((notice) => told.push({ at: Date.now(), notice })), told];
  }

  function info(key: string, bytesReceived: number): TaskInfo {
    return taskInfoOf(taskRow({ key, bytesReceived }));
  }

  function bytesIn({ notice }: Told, key: string): number | undefined {
    const tasks = notice.type === "tasks" ? notice.tasks : [];
    return tasks.find((task) => task.key === key)?.bytesReceived;
  }

  it("sends at once if it has been quiet", () => {
    const [board, told] = boardAndTold();
    board.task("a", "k", () => info("k", 1));
    vi.advanceTimersByTime(1);
    expect(told.length).toBe(1);
  });

  it("sends the changes of one turn in one notice, in their order", () => {
    const [board, told] = boardAndTold();
    for (const key of ["x", "y", "z"]) board.task("a", key, () => info(key, 1));
    board.events("a");
    vi.advanceTimersByTime(1);
    expect(told.map(({ notice }) => notice.type)).toEqual(["tasks", "events"]);
    expect(told[0]?.notice).toMatchObject({ tasks: [{ key: "x" }, { key: "y" }, { key: "z" }] });
  });

  it("tells of thousands of tasks in several turns, each as it is then, and of events after them", () => {
    const [board, told] = boardAndTold();
    let bytes = 1;
    for (let index = 0; index < 1_001; index += 1) board.task("a", `${index}`, () => info(`${index}`, bytes));
    board.events("a");
    vi.advanceTimersToNextTimer();
    bytes = 2;
    board.task("a", "0", () => info("0", 3));
    vi.runAllTimers();
    const counts = told.map(({ notice }) => (notice.type === "tasks" ? notice.tasks.length : notice.type));
    expect(counts).toEqual([500, 500, 1, "events", 1]);
    expect([bytesIn(told[0] as Told, "499"), bytesIn(told[1] as Told, "500")]).toEqual([1, 2]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps sessions apart: a busy one does not slow another", () => {
    const [board, told] = boardAndTold();
    board.task("a", "k", () => info("k", 1));
    vi.advanceTimersByTime(50);
    board.task("b", "l", () => info("l", 1));
    vi.advanceTimersByTime(1);
    expect(told.map(({ notice }) => "session" in notice && notice.session)).toEqual(["a", "b"]);
  });

  it("sends progress no more often than the session wants, and always the last of it", () => {
    const steps = fc.array(fc.nat(300), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 101, max: 5_000 }), (pauses, intervalMs) => {
        vi.setSystemTime(0);
        const [board, told] = boardAndTold();
        let last = 0;
        for (const pauseMs of pauses) {
          vi.advanceTimersByTime(pauseMs);
          last += 1;
          board.progress("a", "k", () => info("k", last), intervalMs);
        }
        vi.advanceTimersByTime(3 * intervalMs);
        // A notice may wait for the next turn.
        const gaps = told.slice(1).map(({ at }, index) => at - (told[index]?.at ?? 0));
        expect(Math.min(...gaps, intervalMs)).toBeGreaterThanOrEqual(intervalMs - 1);
        expect(bytesIn(told.at(-1) as Told, "k")).toBe(last);
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });

  it("does not let changes and events wait for progress", () => {
    const [board, told] = boardAndTold();
    board.progress("a", "k", () => info("k", 1), 60_000);
    vi.advanceTimersByTime(200);
    board.progress("a", "k", () => info("k", 2), 60_000);
    board.task("a", "l", () => info("l", 1));
    board.events("a");
    vi.advanceTimersByTime(1);
    expect(told.map(({ notice }) => notice.type)).toEqual(["tasks", "tasks", "events"]);
    expect(told.map((it) => bytesIn(it, "k"))).toEqual([1, undefined, undefined]);
    vi.advanceTimersByTime(60_000);
    expect(bytesIn(told.at(-1) as Told, "k")).toBe(2);
  });

  it("now() does not wait", () => {
    const [board, told] = boardAndTold();
    board.now({ type: "daemon-started" });
    expect(told.length).toBe(1);
  });

  it("sends at most ten notices about tasks a second, and always the last state", () => {
    const steps = fc.array(fc.tuple(fc.nat(300), fc.constantFrom("x", "y")), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (changes) => {
        vi.setSystemTime(0);
        const [board, told] = boardAndTold();
        const last = new Map<string, number>();
        for (const [index, [pauseMs, key]] of changes.entries()) {
          vi.advanceTimersByTime(pauseMs);
          last.set(key, index);
          board.task("a", key, () => info(key, last.get(key) ?? 0));
        }
        vi.advanceTimersByTime(1_000);
        const first = told[0]?.at ?? 0;
        for (let from = first; from <= (told.at(-1)?.at ?? 0); from += 100) {
          expect(told.filter(({ at }) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(10);
        }
        for (const [key, bytes] of last) {
          const states = told.map((it) => bytesIn(it, key)).filter((it) => it !== undefined);
          expect(states.at(-1)).toBe(bytes);
        }
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });
});
