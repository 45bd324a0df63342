import { isRecord } from "../../protocol/checks.ts";
import type { BackgroundSession } from "../background-session.ts";
import type { BackgroundTask } from "../background-task.ts";
import type { OpenOptions } from "../session/open-options.ts";
import type { BackgroundSessions } from "../session/session.ts";
import { warnOnce } from "../warn.ts";
import { warnIfNeverResumed } from "./never-resumed.ts";
import { warnIfOtherWorker } from "./other-worker.ts";
import { watchNames } from "./unknown-session.ts";
import { warnIfNotReturned } from "./unreturned-reads.ts";

/** Has the sessions that are opened from now on tell the developer of mistakes. They do nothing else differently. */
export function watchForMistakes(sessions: BackgroundSessions): void {
  const open = sessions.open.bind(sessions);
  const onOpened = watchNames(sessions);
  sessions.open = async (identifier, options) => {
    const session = await open(identifier, watched(options)).catch((error) => {
      if (error.code === "session-in-use" && sessions.current(identifier) !== undefined)
        warnOnce(
          `The session "${identifier}" was not closed. If hot reloading has replaced the module that opened it, close it ` +
            "there: import.meta.hot?.dispose(() => session.close()).",
        );
      throw error;
    });
    watchTasks(session);
    if (options?.role !== "observer") warnIfOtherWorker(session, options?.serviceWorker);
    onOpened(session);
    return session;
  };
}

/** Returns the same options, with functions that are watched. What is wrong stays wrong: open() says so. */
function watched(options: OpenOptions | undefined): OpenOptions | undefined {
  if (!isRecord(options)) return options;
  const { delegate, completionHandlers } = options as OpenOptions;
  return {
    ...(options as OpenOptions),
    ...(isRecord(delegate) && { delegate: new Proxy(delegate, { get: watchedMethod }) }),
    ...(isRecord(completionHandlers) && {
      completionHandlers: Object.fromEntries(
        Object.entries(completionHandlers).map(([name, handler]) => [
          name,
          typeof handler === "function"
            ? warnIfNotReturned(`The completion handler "${name}"`, handler)
            : handler,
        ]),
      ),
    }),
  };
}

function watchedMethod(delegate: object, name: string | symbol): unknown {
  const method = Reflect.get(delegate, name) as unknown;
  if (typeof method !== "function") return method;
  return warnIfNotReturned(`The delegate's ${String(name)}`, method.bind(delegate));
}

/** The methods that make tasks. `fetch` makes its tasks by them. */
const MAKERS = ["downloadTask", "uploadTask", "dataTask", "retry"] as const;

function watchTasks(session: BackgroundSession): void {
  for (const name of MAKERS) {
    const make = session[name].bind(session) as (...given: unknown[]) => BackgroundTask;
    const watchedMaker = (...given: unknown[]): BackgroundTask => warnIfNeverResumed(make(...given));
    Object.defineProperty(session, name, { value: watchedMaker, configurable: true });
  }
}
