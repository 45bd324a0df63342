import type { PlainRequest } from "./start-task.ts";
import type { TestPage } from "./test-browser.ts";

export interface EndedTask {
  readonly state: string;
  readonly status: number | undefined;
  readonly text: string | undefined;
  readonly error: string | undefined;
  readonly currentUrl: string;
  readonly redirected: boolean | undefined;
  readonly received: number;
  readonly expected: number;
  readonly sent: number;
  readonly attempts: number;
}

/** How the task is made; the first task of a page opens the session with the app's own delegate. */
export interface MadeAs {
  readonly kind?: "dataTask" | "downloadTask" | "uploadTask";
  /** The body of an upload. */
  readonly body?: string;
  readonly options?: {
    readonly id?: string;
    readonly retry?: { readonly limit: number };
    readonly timeoutIntervalForRequest?: number;
    readonly timeoutIntervalForResource?: number;
  };
}

/** Makes and resumes a task, waits until it has ended, and returns what its handle and its result then show. */
export function endedTask(
  page: TestPage,
  request: string | (Omit<PlainRequest, "body"> & { body?: string; credentials?: RequestCredentials }),
  { kind = "dataTask", body = "", options = {} }: MadeAs = {},
): Promise<EndedTask> {
  return page.evaluate(
    async ([request, kind, body, options]) => {
      const session = app.BackgroundSession.current("test") ?? (await app.open());
      const task =
        kind === "uploadTask" ? session.uploadTask(request, body, options) : session[kind](request, options);
      void task.resume();
      const { response, file, error } = await task.completed;
      return {
        state: task.state,
        status: response?.status,
        text: file === undefined ? await response?.text() : await file.text(),
        error: error?.code,
        currentUrl: task.currentRequest.url,
        redirected: response?.redirected,
        received: task.countOfBytesReceived,
        expected: task.countOfBytesExpectedToReceive,
        sent: task.countOfBytesSent,
        attempts: task.attempts,
      };
    },
    [request, kind, body, options] as const,
  );
}
