import type { BackgroundTask, EventInfo, SessionDelegate, TaskMetrics } from "../src/app/index.ts";
import type { Library } from "./library/library.ts";
import type { LibraryEntry } from "./library/schema.ts";
import type { Launch } from "./library/timeline-entry.ts";
import { outcomeOf } from "./outcome-of.ts";
import { endedWhileAway } from "./while-away.ts";

/** The methods of a delegate for the durable events, the same in the page and in the worker. */
export type DurableDelegate = Pick<
  SessionDelegate,
  "didFinishDownloading" | "didFinishCollectingMetrics" | "didComplete"
>;

/** Returns the part of a delegate that puts ended downloads into the library. */
export function libraryDelegate(library: Promise<Library>, place: Launch["place"]): DurableDelegate {
  return {
    ...keepingWays(library),
    didFinishDownloading: async (task, file, event) => keepFile(await library, task, file, event),
    didComplete: async (task, error, { eventId }) => {
      const { id } = task;
      const outcome = outcomeOf(task, error, await (await library).file(id));
      await (await library).record(eventId, { ...entryOf(task, place), outcome });
    },
  };
}

/** Returns the part of a delegate that stores which way each transfer went. */
export function keepingWays(library: Promise<Library>): DurableDelegate {
  return {
    didFinishCollectingMetrics: async ({ id }, { attempts }: TaskMetrics) => {
      const last = attempts.at(-1);
      if (last !== undefined) await (await library).keepWay(id, last.way);
    },
  };
}

/** Everything about a task that has ended, but its outcome. */
export function entryOf(task: BackgroundTask, place: Launch["place"]): Omit<LibraryEntry, "outcome"> {
  const { id, attempts, originalRequest, description, finishedAt } = task;
  return {
    id,
    name: description ?? originalRequest.url,
    url: originalRequest.url,
    attempts,
    endedAt: finishedAt?.getTime() ?? Date.now(),
    isNews: endedWhileAway(task, place),
  };
}

async function keepFile(
  library: Library,
  task: BackgroundTask,
  file: File,
  { eventId }: EventInfo,
): Promise<void> {
  // The body of an answer like 404 is not the requested file.
  if (!task.response?.ok) return;
  try {
    await library.keepFile(eventId, task.id, file);
  } catch (error) {
    // When the task completes, the missing file is noticed and recorded.
    if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
  }
}
