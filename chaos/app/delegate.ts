import type { BackgroundTask, CompletionHandler, SessionDelegate } from "background-session";
import { type FactType, note, refuses } from "./journal.ts";

/** Lies with each task, as its description and as the context of its handler. */
export interface Mark {
  readonly uid: string;
  readonly throws: number;
  readonly slowMs: number;
}

export function markOf(task: BackgroundTask): Mark {
  return JSON.parse(task.description ?? "{}");
}

/** What the app does with its events, in a page and in the worker. */
export const delegate: SessionDelegate = {
  async didFinishDownloading(task, file, { eventId }) {
    const mark = markOf(task);
    await stumble(mark, "didFinishDownloading");
    await note({ eventId, uid: mark.uid, type: "didFinishDownloading", sha256: await sha256(file) });
  },
  async didComplete(task, error, { eventId }) {
    const mark = markOf(task);
    await stumble(mark, "didComplete");
    const answer = task.kind === "upload" ? await (await task.completed).response?.text() : undefined;
    await note({
      eventId,
      uid: mark.uid,
      type: "didComplete",
      ...(task.response && { status: task.response.status }),
      ...(error && { error: error.code }),
      ...(answer !== undefined && { answer }),
    });
  },
};

const done: CompletionHandler<Mark> = async (_, mark, { eventId }) => {
  await stumble(mark, "handler");
  await note({ eventId, uid: mark.uid, type: "handler" });
};

export const completionHandlers: Readonly<Record<string, CompletionHandler>> = { done };

/** Apps are slow, and fail, now and then. */
async function stumble({ uid, throws, slowMs }: Mark, type: FactType): Promise<void> {
  if (slowMs > 0) await new Promise((resolve) => setTimeout(resolve, slowMs));
  if (await refuses(uid, type, throws)) throw new Error(`The app fails at ${type} of ${uid}.`);
}

async function sha256(file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
