import { checkedProperties, type Rules } from "../../protocol/checked-properties.ts";
import { isRecord } from "../../protocol/checks.ts";
import { oneOf } from "../../protocol/shape.ts";
import { END_STATES, type EndState, type HistoryFilter, type HistoryPosition } from "../../store/history.ts";
import type { BackgroundTask } from "../background-task.ts";
import { NAME } from "./checked-options.ts";
import { TaskHandle } from "./task-handle.ts";

/** Which finished tasks `session.history()` lists. */
export interface HistoryOptions {
  /**
   * `"succeeded"`: without an error; a status of 400 or more is no error. `"cancelled"`: with `cancelled` or
   * `user-cancelled`. `"failed"`: with any other error. @default all
   */
  state?: EndState;
  /** Only tasks of this group. @default all */
  group?: string;
  /** Only tasks of this queue. @default all */
  queue?: string;
  /** 1 to 1,000 tasks. @default 100 */
  limit?: number;
  /**
   * Only what finished before this: a `Date`, milliseconds since the epoch, or the last task of the previous page, which
   * is exact even if several tasks finished in the same millisecond. @default now
   */
  before?: Date | number | BackgroundTask | undefined;
}

export interface CheckedHistory {
  readonly filter: HistoryFilter;
  readonly limit: number;
  readonly from: HistoryPosition;
}

const RULES: Rules<keyof HistoryOptions> = {
  state: ['"succeeded", "failed" or "cancelled"', oneOf(...END_STATES)],
  group: NAME,
  queue: NAME,
  limit: [
    "a whole number from 1 to 1,000",
    (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 1_000,
  ],
  before: [
    "a valid Date, a number of milliseconds since the epoch, or a finished task",
    (value) => positionOf(value) !== undefined,
    positionOf,
  ],
};

/** Returns the options checked. @throws TypeError that says which one is wrong */
export function checkedHistory(options: HistoryOptions): CheckedHistory {
  if (!isRecord(options as unknown)) throw new TypeError("The options of history() must be an object.");
  const checked = checkedProperties(options, RULES, "", "an option of history()");
  const { limit = 100, before = [Number.NEGATIVE_INFINITY], ...filter } = checked;
  return { filter, limit, from: before } as CheckedHistory;
}

function positionOf(before: unknown): HistoryPosition | undefined {
  if (before instanceof TaskHandle) {
    const { finishedAt, order, key } = TaskHandle.modelOf(before).info;
    return finishedAt === undefined ? undefined : [-finishedAt, -order, key];
  }
  const isDate = typeof before === "number" || before instanceof Date;
  // Every task that finished in that millisecond comes before the empty array.
  return isDate && Number.isFinite(Number(before)) ? [-Number(before), []] : undefined;
}
