import { describe, expect, it } from "vitest";
import {
  carriedTask,
  FETCH_PREFIX,
  fetchIdFor,
  isFetchOffer,
  tasksInFetchId,
} from "../../../src/protocol/background-fetch.ts";

const TASK = { session: "my session", key: "key", start: 5, reason: "page-hidden" } as const;

describe("a background fetch", () => {
  it("has its tasks in its id, whatever their names", () => {
    const tasks = [TASK, { ...TASK, key: "another one", fileId: "another one/0" }];
    const id = fetchIdFor(tasks);
    expect(id.startsWith(FETCH_PREFIX)).toBe(true);
    expect(tasksInFetchId(id)).toEqual(tasks);
    expect(fetchIdFor(tasks)).not.toBe(id);
  });

  it.each(["", FETCH_PREFIX, `${FETCH_PREFIX}4f1c`, `${FETCH_PREFIX}1 [`])("%j names no tasks", (id) => {
    expect(tasksInFetchId(id)).toBeUndefined();
  });

  it("of an offer, what is stored with a task is what a later worker needs", () => {
    const offered = { ...TASK, request: {}, hasBody: true, bodyOf: "x" };
    expect(carriedTask(offered)).toEqual(TASK);
    expect("fileId" in carriedTask(offered)).toBe(false);
    expect(carriedTask({ ...offered, fileId: "f" })).toEqual({ ...TASK, fileId: "f" });
  });

  const OFFER = { id: "id", options: {}, tasks: [{ request: {} }] };
  it.each([
    [OFFER, true],
    [{ ...OFFER, tasks: [] }, true],
    [{ ...OFFER, id: 1 }, false],
    [{ ...OFFER, options: null }, false],
    [{ ...OFFER, tasks: {} }, false],
    [{ ...OFFER, tasks: [{ request: {} }, {}] }, false],
    [{ ...OFFER, tasks: [null] }, false],
    [undefined, false],
  ])("%j is an offer: %j", (value, expected) => {
    expect(isFetchOffer(value)).toBe(expected);
  });
});
