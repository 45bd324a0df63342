import { describe, expect, it } from "vitest";
import type { TaskCounts, TaskSnapshot } from "../../../src/app/index.ts";
import type { Filter, Order } from "../../../src/elements/choices.ts";
import { Formats } from "../../../src/elements/formats.ts";
import { type ListWish, listItems } from "../../../src/elements/list-items.ts";

/** A running download that moves. */
function task(id: string, minute: number, more: Partial<TaskSnapshot> = {}): TaskSnapshot {
  return {
    uid: id,
    id,
    kind: "download",
    state: "running",
    activity: "transferring",
    createdAt: new Date(minute * 60_000),
    originalRequest: { url: `https://app.test/${id}` },
    countOfBytesReceived: 0,
    countOfBytesExpectedToReceive: -1,
    ...more,
  } as unknown as TaskSnapshot;
}

const ENDED = { state: "completed", activity: "none" } as const;

/** As a panel passes them: the finished ones in the order of their ends, then the others in that of their creation. */
const TASKS = [
  task("Track 3", 3, { ...ENDED, countOfBytesReceived: 70 }),
  task("track 10", 1, { ...ENDED, countOfBytesReceived: 10, response: { status: 404 } as never }),
  task("waits", 2, { activity: "waiting-for-turn", countOfBytesExpectedToReceive: 500 }),
  task("moves", 4, { countOfBytesReceived: 60, countOfBytesExpectedToReceive: 200 }),
  task("paused", 5, { state: "suspended", activity: "none" }),
  task("sends", 6, {
    kind: "upload",
    activity: "connecting",
    countOfBytesExpectedToSend: 900,
    countOfBytesSent: 0,
  }),
  task("Track 2", 7, { ...ENDED, error: { code: "cancelled" } as never }),
];

const WISH: ListWish = { filter: "all", order: "running", search: "", closed: new Set() };

/** As the session counts the tasks of each group, the listed ones and the others. */
const countsOf = (group: string): TaskCounts => ({
  running: 200,
  suspended: 0,
  succeeded: group.length * 100,
  failed: 0,
});

const ENGLISH = { compare: new Intl.Collator("en", { numeric: true }).compare };

/** What the list shows: the ids of the tasks, and the heads of the groups. */
function shown(wish: Partial<ListWish>, tasks: readonly TaskSnapshot[] = TASKS, formats = ENGLISH): string[] {
  return listItems(tasks, { ...WISH, ...wish }, countsOf, formats).map((item) =>
    item.type === "task"
      ? item.task.id
      : `${item.name} ${item.counts().succeeded}${item.isClosed ? " closed" : ""}`,
  );
}

const ORDERED: Readonly<Record<Order, readonly string[]>> = {
  // What moves, then what waits, then what has ended, the latest first.
  running: ["moves", "sends", "waits", "paused", "Track 2", "track 10", "Track 3"],
  newest: ["Track 2", "sends", "paused", "moves", "Track 3", "waits", "track 10"],
  name: ["moves", "paused", "sends", "Track 2", "Track 3", "track 10", "waits"],
  size: ["sends", "waits", "moves", "Track 3", "track 10", "paused", "Track 2"],
};

const FILTERED: Readonly<Record<Filter, readonly string[]>> = {
  all: ORDERED.running,
  unfinished: ["moves", "sends", "waits", "paused"],
  done: ["Track 3"],
  failed: ["track 10"],
  cancelled: ["Track 2"],
};

describe("what the list shows", () => {
  it.each(Object.entries(ORDERED) as [Order, string[]][])("in the order %s", (order, ids) => {
    const before = [...TASKS];
    expect(shown({ order })).toEqual(ids);
    expect(TASKS).toEqual(before);
  });

  it.each(Object.entries(FILTERED) as [Filter, string[]][])("with the filter %s", (filter, ids) => {
    expect(shown({ filter })).toEqual(ids);
  });

  it("a task that begins to move comes before one that waits, and goes behind it when it ends", () => {
    const first = task("first", 1, { activity: "backing-off" });
    const second = task("second", 2, { activity: "waiting-for-turn" });
    expect(shown({}, [first, second])).toEqual(["first", "second"]);
    expect(shown({}, [first, { ...second, activity: "connecting" }])).toEqual(["second", "first"]);
    expect(shown({}, [{ ...second, ...ENDED }, first])).toEqual(["first", "second"]);
  });

  it("the search finds parts of names in either case", () => {
    expect(shown({ search: " TRACK " })).toEqual(["Track 2", "track 10", "Track 3"]);
    expect(shown({ search: "track 1", filter: "done" })).toEqual([]);
  });

  it("a group stands where its first task would, with all its tasks; of a closed one only the head is shown", () => {
    const grouped = TASKS.map((one) => (/^track|^sends/i.test(one.id) ? { ...one, group: "Album" } : one));
    const album = ["Track 2", "track 10", "Track 3"];
    expect(shown({}, grouped)).toEqual(["moves", "Album 500", "sends", ...album, "waits", "paused"]);
    const closed = new Set(["Album"]);
    expect(shown({ closed }, grouped)).toEqual(["moves", "Album 500 closed", "waits", "paused"]);
    // A search opens it.
    expect(shown({ closed, search: "track 3" }, grouped)).toEqual(["Album 500", "Track 3"]);
    expect(shown({ order: "size" }, grouped)[0]).toBe("Album 500");
  });

  it("running first: a task of a group that moves stands above all that has ended", () => {
    const tasks = [task("ended", 1, ENDED), task("moves", 2, { group: "Album" })];
    expect(shown({}, tasks)).toEqual(["Album 500", "moves", "ended"]);
    const over = { ...tasks[1], ...ENDED } as TaskSnapshot;
    const waits = task("waits", 3, { activity: "waiting-for-turn" });
    expect(shown({}, [...tasks.slice(0, 1), over, waits])).toEqual(["waits", "Album 500", "moves", "ended"]);
  });

  it.each([
    ["de", ["ä", "z"]],
    ["sv", ["z", "ä"]],
  ] as const)("names are in the order of the panel's language: %s", (tag, names) => {
    const tasks = ["z", "ä"].map((description) => task(description, 1, { description }));
    expect(shown({ order: "name" }, tasks, new Formats(tag))).toEqual(names);
  });

  it("the head of a group has the session's figures, whatever is listed of the group", () => {
    const grouped = TASKS.map((one) => ({ ...one, group: "Album" }));
    expect(shown({ filter: "failed" }, grouped)).toEqual(["Album 500", "track 10"]);
    expect(shown({ search: "paused" }, grouped)).toEqual(["Album 500", "paused"]);
    const many = Array.from({ length: 300 }, (_, index) =>
      task(`${index}`, index, { ...ENDED, group: "Album" }),
    );
    expect(shown({}, many.slice(-100))[0]).toBe("Album 500");
  });

  it("counts a group only when its head is drawn: there may be many", () => {
    const counted: string[] = [];
    const items = listItems(
      [task("a", 1, { group: "A" }), task("b", 2, { group: "B" })],
      WISH,
      (name) => {
        counted.push(name);
        return countsOf(name);
      },
      ENGLISH,
    );
    expect([items.length, counted]).toEqual([4, []]);
  });

  it("has another key for each item", () => {
    const again = [...TASKS, task("moves", 8, { uid: "another" }), task("a", 9, { group: "moves" })];
    const keys = listItems(again, WISH, countsOf, ENGLISH).map(({ key }) => key);
    expect(new Set(keys).size).toBe(again.length + 1);
  });
});
