import { useMemo, useSyncExternalStore } from "react";
import type {
  BackgroundSession,
  BackgroundTask,
  TaskKind,
  TaskProgress,
  TaskSnapshot,
  TasksSnapshot,
} from "../app/index.ts";
import { useBackgroundSession } from "./provider.ts";

/** The tasks of a group (`{ group }`), of a queue (`{ queue }`), or all tasks of the session (`{}`). */
export type TaskSelection =
  | { readonly group?: string | undefined; readonly queue?: undefined }
  | { readonly queue: string; readonly group?: undefined };

const UNKNOWN: TaskProgress = { fraction: undefined, bytesPerSecond: undefined, secondsLeft: undefined };

/** Before the session is open, and on the server. */
const NONE: TasksSnapshot = Object.freeze({
  tasks: Object.freeze([]),
  finished: Object.freeze([]),
  counts: Object.freeze({ running: 0, suspended: 0, succeeded: 0, failed: 0 }),
  progress: Object.freeze(UNKNOWN),
});

/**
 * Returns the unfinished tasks of the session, of a group or of a queue, or the finished ones. The component is rendered
 * again at most ten times a second. What it gets of a task is the same object until that task changes: a row that is
 * `memo` is rendered only then.
 * @param options.kind returns only downloads, uploads or data tasks
 * @param options.finished returns instead the last 100 tasks that have ended, oldest first: since this page opened the
 *   session, and before that if their events had not been delivered by then
 *
 * @example
 * const uploads = useTasks({ group: "album 7", kind: "upload" });
 */
export function useTasks(
  options: TaskSelection & {
    readonly kind?: TaskKind | undefined;
    readonly finished?: boolean | undefined;
  } = {},
): readonly TaskSnapshot[] {
  const { session } = useBackgroundSession();
  const { kind, finished } = options;
  const chosen = useMemo(() => ofKind(kind), [kind]);
  return useSelection(session, options, (snapshot) => chosen(snapshot[finished ? "finished" : "tasks"]));
}

/** Returns a filter whose list stays the same as long as its tasks do. */
function ofKind(kind: TaskKind | undefined): (tasks: readonly TaskSnapshot[]) => readonly TaskSnapshot[] {
  if (kind === undefined) return (tasks) => tasks;
  let last: readonly TaskSnapshot[] = [];
  return (tasks) => {
    const now = tasks.filter((task) => task.kind === kind);
    if (now.length !== last.length || now.some((task, index) => task !== last[index])) last = now;
    return last;
  };
}

/**
 * Follows one task. The component is rendered again when it changes.
 * @param task the id of an unfinished task, or of one that `finished` has; or the handle of a task of this session
 * @returns undefined if there is no such task
 */
export function useTask(task: string | BackgroundTask | undefined): TaskSnapshot | undefined {
  const { session } = useBackgroundSession();
  return useSelection(session, {}, () => infoOf(session, task));
}

/**
 * Follows how far a task, a group, a queue, or, by default, the whole session is.
 * @example
 * const { fraction } = useTransferProgress({ group: "album 7" });
 */
export function useTransferProgress(of: string | BackgroundTask | TaskSelection = {}): TaskProgress {
  const { session } = useBackgroundSession();
  const isTask = typeof of === "string" || "info" in of;
  return useSelection(session, isTask ? {} : of, ({ progress }) =>
    isTask ? (infoOf(session, of)?.progress ?? UNKNOWN) : progress,
  );
}

function infoOf(
  session: BackgroundSession | undefined,
  task: string | BackgroundTask | undefined,
): TaskSnapshot | undefined {
  if (typeof task !== "string") return task?.info;
  return session?.task(task)?.info ?? session?.getSnapshot().finished.findLast(({ id }) => id === task);
}

function useSelection<Selected>(
  session: BackgroundSession | undefined,
  { group, queue }: TaskSelection,
  select: (snapshot: TasksSnapshot) => Selected,
): Selected {
  const named = group === undefined ? queue !== undefined && session?.queue(queue) : session?.group(group);
  const source = named || session;
  return useSyncExternalStore(
    source?.subscribe ?? toNothing,
    () => select(source?.getSnapshot() ?? NONE),
    () => select(NONE),
  );
}

const toNothing = () => (): void => {};
