import type { BackgroundSession, BackgroundTask, TaskActivity } from "../app/index.ts";

export interface AnswerOptions {
  readonly respond?: "error" | "accepted" | "always";
  readonly networkTimeoutSeconds?: number;
  readonly acceptedResponse?: (task: BackgroundTask, request: Request) => Response | Promise<Response>;
}

/** What a task does that may have its response soon. */
const UNDER_WAY: ReadonlySet<TaskActivity> = new Set<TaskActivity>([
  "none",
  "waiting-for-daemon",
  "waiting-for-turn",
  "waiting-for-queue",
  "connecting",
  "transferring",
  "finishing",
]);

/** Returns what the page gets for a request that has become a task: its response, or word that it was accepted. */
export async function respondToTask(
  task: BackgroundTask,
  request: Request,
  session: BackgroundSession,
  { respond, networkTimeoutSeconds = 10, acceptedResponse = accepted }: AnswerOptions,
): Promise<Response> {
  const response =
    respond === "always" ? await soonResponse(task, session, networkTimeoutSeconds) : undefined;
  if (response === undefined) return acceptedResponse(task, request);
  // The page would be shown under the address of the form.
  const isRedirect = request.mode === "navigate" && response.redirected;
  return isRedirect ? Response.redirect(response.url, 303) : response;
}

/** Fulfils with undefined if the response does not come in time. */
async function soonResponse(
  task: BackgroundTask,
  session: BackgroundSession,
  seconds: number,
): Promise<Response | undefined> {
  const stop = new AbortController();
  const givenUp = new Promise<undefined>((resolve) => {
    const give = (): void => resolve(undefined);
    const timer = setTimeout(give, seconds * 1000);
    const look = (): void => {
      if (mustWait(task, session)) give();
    };
    const unsubscribe = session.subscribe(look);
    stop.signal.addEventListener("abort", () => {
      clearTimeout(timer);
      unsubscribe();
    });
    look();
  });
  const ended = task.completed.then(({ response, error }) => {
    // The page's handler was faster, and has the response.
    if (error?.code === "file-missing") return undefined;
    return error === undefined ? response : Response.error();
  });
  const response = await Promise.race([ended, givenUp]);
  stop.abort();
  return response;
}

/** Whether the task, or what is before it in its queue, waits for something that may take long. */
function mustWait(task: BackgroundTask, session: BackgroundSession): boolean {
  if (!navigator.onLine) return true;
  return session
    .tasks()
    .some(
      (other) =>
        (other.id === task.id || (task.queue !== undefined && other.queue === task.queue)) &&
        (other.state === "suspended" || !UNDER_WAY.has(other.activity)),
    );
}

function accepted({ id }: BackgroundTask): Response {
  const headers = { "background-session-task": encodeURIComponent(id) };
  return Response.json({ taskId: id }, { status: 202, headers });
}
