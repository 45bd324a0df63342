import type { BackgroundTask, EventInfo, SessionError } from "../../src/app/index.ts";
import type { Library } from "../library/library.ts";
import type { Launch } from "../library/timeline-entry.ts";
import { type DurableDelegate, entryOf, keepingWays } from "../library-delegate.ts";
import { answerFile } from "./answer-file.ts";
import { uploadOutcome } from "./upload-outcome.ts";

/** Returns the part of a delegate that records how uploads ended, with the server's answers. */
export function uploadDelegate(library: Promise<Library>, place: Launch["place"]): DurableDelegate {
  return {
    ...keepingWays(library),
    didComplete: async (task, error, event) => record(await library, task, error, event, place),
  };
}

async function record(
  library: Library,
  task: BackgroundTask,
  error: SessionError | undefined,
  { eventId }: EventInfo,
  place: Launch["place"],
): Promise<void> {
  const { response } = await task.completed;
  const answer = response && (await answerFile(response));
  if (answer !== undefined) await library.keepFile(`${eventId}/answer`, task.id, answer);
  await library.record(eventId, {
    ...entryOf(task, place),
    outcome: uploadOutcome(task, error, answer),
    ...(error?.resumeData !== undefined && { resumeData: error.resumeData }),
  });
}
