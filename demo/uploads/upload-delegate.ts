import type { BackgroundTask, EventInfo, SessionError } from "../../src/app/index.ts";
import type { Library } from "../library/library.ts";
import type { DurableDelegate } from "../library-delegate.ts";
import { answerFile } from "./answer-file.ts";
import { uploadOutcome } from "./upload-outcome.ts";

/** Returns the part of a delegate that records how uploads ended, with the server's answers. */
export function uploadDelegate(library: Promise<Library>): DurableDelegate {
  return {
    didComplete: async (task, error, event) => record(await library, task, error, event),
  };
}

async function record(
  library: Library,
  task: BackgroundTask,
  error: SessionError | undefined,
  { eventId }: EventInfo,
): Promise<void> {
  const { id, attempts, originalRequest, description } = task;
  const { response } = await task.completed;
  const answer = response && (await answerFile(response));
  if (answer !== undefined) await library.keepFile(`${eventId}/answer`, id, answer);
  await library.record(eventId, {
    id,
    name: description ?? originalRequest.url,
    url: originalRequest.url,
    attempts,
    outcome: uploadOutcome(task, error, answer),
    ...(error?.resumeData !== undefined && { resumeData: error.resumeData }),
  });
}
