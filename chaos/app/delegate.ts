import type { BackgroundTask, ChallengeAnswer, CompletionHandler, SessionDelegate } from "background-session";
import type { AppsAnswer, Place } from "../task-plan.ts";
import { answerChallenge } from "./challenge.ts";
import { type FactType, note, receive, refuses, type Seen } from "./journal.ts";
import { placedAt } from "./placed.ts";
import { sha256 } from "./sha256.ts";

/** Stored with each task, as its description and as the context of its handler. */
export interface Mark {
  readonly uid: string;
  readonly throws: number;
  readonly throwsLate: boolean;
  readonly slowMs: number;
  /** The place of the file, which is then not delivered. */
  readonly place?: Place | undefined;
  readonly answers: readonly AppsAnswer[];
}

export function markOf(task: BackgroundTask): Mark {
  return JSON.parse(task.description ?? "{}");
}

/** The app's delegate, in a page and in the worker. */
export const delegate: SessionDelegate = {
  didFinishDownloading: (task, file, { eventId }) =>
    handle(eventId, "didFinishDownloading", markOf(task), async () => ({ sha256: await sha256(file) })),
  didComplete: (task, error, { eventId }) =>
    handle(eventId, "didComplete", markOf(task), async () => {
      const answer = task.kind === "upload" ? await (await task.completed).response?.text() : undefined;
      const { place } = markOf(task);
      const placed = place && (await placedAt(place));
      return {
        ...(placed !== undefined && { sha256: placed }),
        ...(task.response && { status: task.response.status }),
        ...(error && { error: error.code, message: error.message }),
        ...(answer !== undefined && { answer }),
      };
    }),
  async didReceiveChallenge(task, { previousFailureCount }, { eventId }) {
    const mark = markOf(task);
    let answer: ChallengeAnswer = "wait";
    await handle(eventId, "didReceiveChallenge", mark, async () => {
      answer = await answerChallenge(task, mark.uid, mark.answers[previousFailureCount] ?? "continue");
      return {};
    });
    return answer;
  },
};

export const completionHandlers: Readonly<Record<string, CompletionHandler<Mark>>> = {
  done: (_, mark, { eventId }) => handle(eventId, "handler", mark, async () => ({})),
};

/** Apps are slow, and sometimes fail: before an event has had its effect, or after it. */
async function handle(
  eventId: string,
  type: FactType,
  { uid, throws, throwsLate, slowMs }: Mark,
  look: () => Promise<Seen>,
): Promise<void> {
  const fail = async (): Promise<void> => {
    if (await refuses(uid, type, throws)) throw new Error(`The app fails at ${type} of ${uid}.`);
  };
  await receive(eventId, uid, type);
  await pause(slowMs);
  if (!throwsLate) await fail();
  await note({ eventId, uid, type, ...(await look()) });
  // For faults that strike at this moment.
  void fetch("/noted", { method: "POST" }).catch(() => {});
  await pause(slowMs);
  if (throwsLate) await fail();
}

async function pause(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
