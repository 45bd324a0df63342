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

  it("keeps sessions apart: a busy one does not slow another", () => {
    const [board, told] = boardAndTold();
    board.task("a", "k", () => info("k", 1));
    vi.advanceTimersByTime(50);
    board.task("b", "l", () => info("l", 1));
    vi.advanceTimersByTime(1);
    expect(told.map(({ notice }) => "session" in notice && notice.session)).toEqual(["a", "b"]);
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
