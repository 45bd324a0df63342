import { BackgroundSession, type SessionDelegate } from "../src/app/index.ts";
import { LaunchLog } from "./launch-log.ts";
import { Library } from "./library/library.ts";
import { Timeline } from "./library/timeline.ts";
import { type LibraryDelegate, libraryDelegate } from "./library-delegate.ts";

const completionHandlers = new Map<BackgroundSession, () => void>();

/** The app is launched with no page open: does what the page does with the events of a session, and sleeps again. */
export async function handleEventsForBackgroundSession(
  identifier: string,
  completionHandler: () => void,
): Promise<void> {
  const library = Library.open();
  const timeline = Timeline.open();
  const log = new LaunchLog(timeline, identifier, "worker");
  const close = async (): Promise<void> => {
    (await library).close();
    (await timeline).close();
  };
  await log.add({ kind: "launched" });
  try {
    const session = await BackgroundSession.open(identifier, {
      delegate: launchDelegate(libraryDelegate(library), log, close),
    });
    completionHandlers.set(session, completionHandler);
    await log.add({ kind: "session-opened", role: session.role });
  } catch (error) {
    await close();
    throw error;
  }
}

function launchDelegate(inner: LibraryDelegate, log: LaunchLog, close: () => Promise<void>): SessionDelegate {
  return {
    ...log.deliveriesTo(inner),
    didFinishEvents: async (session) => {
      await log.add({ kind: "events-finished" });
      // Written down before the call: after it, the worker may be stopped at any time.
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
