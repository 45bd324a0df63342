import { BackgroundSession, type SessionDelegate } from "background-session";
import { startDaemon } from "background-session/daemon";
import { note } from "./journal.ts";

// An app's worker that follows Apple's six steps of a background launch. It reports each step to the server and waits
// for the answer, so that a test decides what happens in between. The query of its URL selects a fault.
declare const self: ServiceWorkerGlobalScope;

const faults = new URLSearchParams(self.location.search);
const completionHandlers = new Map<BackgroundSession, () => void>();

const delegate: SessionDelegate = {
  async didFinishDownloading(task, file, { eventId }) {
    await note({ type: "didFinishDownloading", eventId, id: task.id, sizeBytes: file.size });
    await step(`file ${task.id}`);
  },
  async didComplete(task, error, { eventId }) {
    await note({ type: "didComplete", eventId, id: task.id, ...(error && { error: error.code }) });
    await step(`complete ${task.id} ${error?.code ?? "ok"}`);
    await endIn("delegate", BackgroundSession.current("test"));
  },
  async didReceiveChallenge(task, { response }) {
    await step(`challenge ${task.id} ${response.status}`);
    await fetch("/renew", { method: "POST" });
    return "continue";
  },
  async willBeginDelayedRequest(task) {
    await step(`begin ${task.id}`);
    return "continue";
  },
  async didFinishEvents(session) {
    await step("finished events");
    if (faults.has("forgets")) return;
    const completionHandler = completionHandlers.get(session);
    completionHandlers.delete(session);
    completionHandler?.();
    if (faults.has("reopens")) {
      const again = await BackgroundSession.open(session.identifier);
      await step(`opened again: ${whatHappensTo(again)}`);
      await again.close();
    }
    await step(`after the handler: ${whatHappensTo(session)}`);
  },
  didBecomeInvalid: (_, error) => void step(`invalid ${error?.code ?? "as it should be"}`),
};

const daemon = startDaemon({
  async handleEventsForBackgroundSession(identifier, completionHandler) {
    await step(`launched for ${identifier}`);
    if (faults.has("fails")) throw new Error("The app fails.");
    const session = await BackgroundSession.open(identifier, {
      delegate,
      completionHandlers: {
        sent: async (result, context, { eventId }) => {
          await note({ type: "handler", eventId, id: "sent", context, text: await result.response?.text() });
          await step("handler sent");
        },
      },
    });
    completionHandlers.set(session, completionHandler);
    await step(`opened as ${session.role}`);
    if (await endIn("function", session)) {
      if (!faults.has("forgets")) completionHandler();
    }
    if (faults.has("twice")) {
      const second = await BackgroundSession.open(identifier).catch((error) => error.code);
      await step(`a second one: ${second}`);
    }
  },
});

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
if (faults.has("tells")) self.addEventListener("sync" as never, () => void step("sync"));
self.addEventListener("push", (event) => daemon.wake(event));

/** Ends the session from within one of its own or the launch's callbacks, and reports when that is over. */
async function endIn(
  place: "delegate" | "function",
  session: BackgroundSession | undefined,
): Promise<boolean> {
  const end = faults.get(place);
  if (end !== "close" && end !== "finishTasksAndInvalidate") return false;
  await session?.[end]();
  await step(`${end} in the ${place}`);
  return true;
}

async function step(text: string): Promise<void> {
  await fetch(`/step?${encodeURIComponent(text)}`, { method: "POST" }).catch(() => {});
}

function whatHappensTo(session: BackgroundSession): string {
  try {
    session.downloadTask("/files/1B.bin");
    return "usable";
  } catch (error) {
    return (error as { code: string }).code;
  }
}
