import type { BackgroundTask, EventInfo, SessionDelegate, SessionError } from "../src/app/index.ts";
import type { Library } from "./library/library.ts";
import { outcomeOf } from "./outcome-of.ts";

/** The methods of a delegate for the durable events, the same in the page and in the worker. */
export type DurableDelegate = Pick<SessionDelegate, "didFinishDownloading" | "didComplete">;

/** Returns the part of a delegate that puts ended downloads into the library. */
export function libraryDelegate(library: Promise<Library>): DurableDelegate {
  return {
    didFinishDownloading: async (task, file, event) => keepFile(await library, task, file, event),
    didComplete: async (task, error, event) => record(await library, task, error, event),
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

async function record(
  library: Library,
  task: BackgroundTask,
  error: SessionError | undefined,
  { eventId }: EventInfo,
): Promise<void> {
  const { id, attempts, originalRequest } = task;
  await library.record(eventId, {
    id,
    name: task.description ?? originalRequest.url,
    url: originalRequest.url,
    attempts,
    outcome: outcomeOf(task, error, await library.file(id)),
  });
}
