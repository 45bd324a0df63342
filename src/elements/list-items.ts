import type { TaskCounts, TaskSnapshot } from "../app/index.ts";
import type { Filter, Order } from "./choices.ts";
import type { Formats } from "./formats.ts";
import { bytesOf, endOf, isMoving, nameOf } from "./row-view.ts";

/** What the user wants to see. */
export interface ListWish {
  readonly filter: Filter;
  readonly order: Order;
  readonly search: string;
  /** The names of the groups that are closed. */
  readonly closed: ReadonlySet<string>;
}

export interface TaskItem {
  readonly type: "task";
  readonly key: string;
  readonly task: TaskSnapshot;
}

export interface GroupItem {
  readonly type: "group";
  readonly key: string;
  readonly name: string;
  readonly isClosed: boolean;
  /** Counts all its tasks, also those that are not listed. That takes a while: it is done for heads that are seen. */
  readonly counts: () => TaskCounts;
}

export type ListItem = TaskItem | GroupItem;

const FILTERS: Readonly<Record<Filter, (task: TaskSnapshot) => boolean>> = {
  all: () => true,
  unfinished: ({ state }) => state !== "completed",
  done: (task) => endOf(task) === "succeeded",
  failed: (task) => endOf(task) === "failed",
  cancelled: (task) => endOf(task) === "cancelled",
};

/** Running first: what moves, what is to come, and what has ended, the latest first. */
function runningFirst(tasks: readonly TaskSnapshot[]): TaskSnapshot[] {
  const ended = tasks.filter(({ state }) => state === "completed").reverse();
  const waiting = tasks.filter((task) => task.state !== "completed" && !isMoving(task));
  return [...tasks.filter(isMoving), ...waiting, ...ended];
}

/** Each takes the finished tasks in the order of their ends, and the unfinished ones in that of their creation. */
const ORDERS: Readonly<
  Record<Order, (tasks: readonly TaskSnapshot[], compare: Formats["compare"]) => TaskSnapshot[]>
> = {
  running: runningFirst,
  newest: (tasks) => [...tasks].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime()),
  name: (tasks, compare) =>
    tasks
      .map((task) => ({ task, name: nameOf(task) }))
      .sort((a, b) => compare(a.name, b.name))
      .map(({ task }) => task),
  size: (tasks) => [...tasks].sort((a, b) => Math.max(...bytesOf(b)) - Math.max(...bytesOf(a))),
};

/** Returns what the list shows, in its order. A group stands with all its tasks where its first one would. */
export function listItems(
  tasks: readonly TaskSnapshot[],
  wish: ListWish,
  countsOf: (group: string) => TaskCounts,
  { compare }: Pick<Formats, "compare">,
): ListItem[] {
  const search = wish.search.trim().toLocaleLowerCase();
  const isWanted = FILTERS[wish.filter];
  const found = tasks.filter(
    (task) => isWanted(task) && (search === "" || nameOf(task).toLocaleLowerCase().includes(search)),
  );
  // A task without a group is a place of its own.
  const places = new Map<string | TaskSnapshot, ListItem[]>();
  for (const task of ORDERS[wish.order](found, compare)) {
    const name = task.group;
    const place = name ?? task;
    // What is searched for is found in a closed group, too.
    const isClosed = name !== undefined && search === "" && wish.closed.has(name);
    const items = places.get(place) ?? [];
    places.set(place, items);
    if (name !== undefined && items.length === 0)
      items.push({ type: "group", key: `group ${name}`, name, isClosed, counts: () => countsOf(name) });
    if (!isClosed) items.push({ type: "task", key: `task ${task.uid}`, task });
  }
  return [...places.values()].flat();
}
