import { explain } from "../explain.ts";
import type { TaskPicture } from "../picture.ts";
import { UNDER_WAY } from "../task-pictures.ts";

export const FILTERS = ["all", "unfinished", "waiting", "failed"] as const;

export type Filter = (typeof FILTERS)[number];

const MATCHES: Record<Filter, (task: TaskPicture) => boolean> = {
  all: () => true,
  unfinished: ({ state }) => state !== "completed",
  waiting: ({ state, activity }) => state !== "completed" && !UNDER_WAY.has(activity),
  failed: ({ failure, response }) => failure !== undefined || (response?.status ?? 0) >= 400,
};

/**
 * Returns the tasks that the filter keeps and that have the searched words in what is shown of them: unfinished ones as
 * they were made, then finished ones, the last one first. Thousands may be kept in the history.
 */
export function matching(tasks: readonly TaskPicture[], filter: Filter, search: string): TaskPicture[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = tasks.filter((task) => {
    if (!MATCHES[filter](task)) return false;
    const { id, description, session, queue, group, state, activity, request } = task;
    const text = [id, description, session, queue, group, state, activity, request.url, explain(task)]
      .join(" ")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return found.sort((a, b) => (b.finishedAt ?? Infinity) - (a.finishedAt ?? Infinity) || 0);
}
