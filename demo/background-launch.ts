import { BackgroundSession, type SessionDelegate } from "../src/app/index.ts";
import { LaunchLog } from "./launch-log.ts";
import { Timeline } from "./library/timeline.ts";
import type { DurableDelegate } from "./library-delegate.ts";
import { librarySessionOf } from "./sessions.ts";

const completionHandlers = new Map<BackgroundSession, () => void>();

/** The app is launched with no page open: it treats the session's events as a page does, and sleeps again. */
export async function handleEventsForBackgroundSession(
  identifier: string,
  completionHandler: () => void,
): Promise<void> {
  const known = librarySessionOf(identifier);
  if (known === undefined) {
    // Nothing here has to follow from its events: they wait for the page that opens the session.
    completionHandler();
    return;
  }
  const library = known.openLibrary();
  const timeline = Timeline.open();
  const log = new LaunchLog(timeline, identifier, "worker");
  const close = async (): Promise<void> => {
    (await library).close();
    (await timeline).close();
  };
  await log.add({ kind: "launched" });
  try {
    const session = await BackgroundSession.open(identifier, {
      delegate: launchDelegate(known.delegateFor(library, "worker"), log, close),
    });
    completionHandlers.set(session, completionHandler);
    await log.add({ kind: "session-opened", role: session.role });
  } catch (error) {
    await close();
    throw error;
  }
}

function launchDelegate(inner: DurableDelegate, log: LaunchLog, close: () => Promise<void>): SessionDelegate {
  return {
    ...log.deliveriesTo(inner),
    didFinishEvents: async (session) => {
      await log.add({ kind: "events-finished" });
      // Logged before the call: after it, the worker may be stopped at any time.
      await log.add({ kind: "handler-called" });
      const completionHandler = completionHandlers.get(session);
      completionHandlers.delete(session);
      completionHandler?.();
    },
    didBecomeInvalid: async (session, error) => {
      completionHandlers.delete(session);
      await log.add({ kind: "session-invalidated", reason: error?.code });
      await close();
    },
  };
}
