import type { BackgroundTask, RequestInfo, TaskFacts } from "../app/background-task.ts";
import { TaskHandle } from "../app/tasks/task-handle.ts";
import { TaskModel, type TaskPort } from "../app/tasks/task-model.ts";
import { errorOf, responseOf, resumeDataOf, type TaskResult } from "../app/tasks/task-result.ts";
import type { RequestRecord } from "../protocol/request-record.ts";
import { SessionError, type SessionErrorCode } from "../protocol/session-error.ts";
import { type ResponseHead, type TaskInfo, UNKNOWN_LENGTH } from "../protocol/task-info.ts";
import type { TestResponse } from "./exchange.ts";

/** What a task for a test is like. Whatever is left out is as it is in a new task. */
export interface TestTaskOptions
  extends Partial<
    Omit<TaskFacts, "originalRequest" | "currentRequest" | "error" | "progress" | "nextAttemptDate">
  > {
  /** The head of the request, or its URL. @default "https://app.test/file" */
  request?: string | RequestInfo;
  /** With the body, unless the task is a download. */
  response?: TestResponse;
  /** What was downloaded. */
  file?: File;
  /** Why the task failed; a code alone gets a message that says that the test made it fail. */
  error?: SessionErrorCode | SessionError;
}

let count = 0;

/**
 * Returns a task that belongs to no session, to call a delegate or a view with: what it is like is given, what it does is
 * what a task of a session does. Its `state` is `"completed"` if there is a response, a file or an error.
 * @example
 * await delegate.didComplete(createTestTask({ id: "42", response: 404 }), undefined, { eventId: "1", delivery: 1 });
 */
export function createTestTask(options: TestTaskOptions = {}): BackgroundTask {
  const info = infoOf(options);
  const port: TaskPort = {
    check: () => {},
    control: async (model, action) => {
      if (action.startsWith("cancel")) model.fail({ code: "cancelled", message: "The task was cancelled." });
    },
    resumeData: async (model) => resumeDataOf(model.info),
    amend: (model, amendment) => {
      model.info = { ...model.info, ...amendment };
    },
    result: (model) => resultOf(model.info, options),
  };
  return new TaskHandle(new TaskModel(port, info, Promise.resolve({ inserted: true })));
}

/** What a new task is like that nobody has given any options. */
const NEW_TASK = {
  session: "",
  dependsOn: [],
  acceptStatuses: undefined,
  settings: undefined,
  destination: undefined,
  uploadProtocol: undefined,
  bytesPerSecond: undefined,
  nextAttemptAt: undefined,
} as const;

function infoOf(options: TestTaskOptions): TaskInfo {
  count += 1;
  const { response, file, error, kind = "download" } = options;
  const hasEnded = [response, file, error].some((value) => value !== undefined);
  const { state = hasEnded ? "completed" : "suspended", id = `task ${count}`, priority = 0.5 } = options;
  const { activity = state === "running" ? "transferring" : "none", createdAt = new Date() } = options;
  const { finishedAt = state === "completed" ? createdAt : undefined } = options;
  const { countOfBytesReceived = file?.size ?? 0, countOfBytesSent = 0 } = options;
  const { countOfBytesExpectedToReceive = file?.size ?? UNKNOWN_LENGTH } = options;
  const { countOfBytesExpectedToSend = kind === "upload" ? UNKNOWN_LENGTH : 0 } = options;
  const request = requestOf(options);
  return {
    ...NEW_TASK,
    key: id,
    id,
    kind,
    state,
    activity,
    description: options.description,
    priority,
    group: options.group,
    queue: options.queue,
    earliestBeginDate: options.earliestBeginDate?.getTime(),
    order: count,
    createdAt: createdAt.getTime(),
    finishedAt: finishedAt?.getTime(),
    request,
    hasBody: kind === "upload",
    response: response === undefined ? undefined : headOf(response, request.url),
    failure: error && failureOf(error),
    canResume: error instanceof SessionError && error.resumeData !== undefined,
    bytesReceived: countOfBytesReceived,
    bytesExpectedToReceive: countOfBytesExpectedToReceive,
    bytesSent: countOfBytesSent,
    bytesExpectedToSend: countOfBytesExpectedToSend,
    clientExpectsToSend: options.countOfBytesClientExpectsToSend,
    clientExpectsToReceive: options.countOfBytesClientExpectsToReceive,
    attempts: options.attempts ?? (state === "suspended" ? 0 : 1),
    transport: options.transport,
  };
}

function requestOf({ request = "https://app.test/file" }: TestTaskOptions): RequestRecord {
  const { url, method = "GET", headers = {} } = typeof request === "string" ? { url: request } : request;
  const { mode, credentials, cache, redirect, referrer, referrerPolicy, integrity } = new Request(url);
  return { url, method, headers, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity };
}

function failureOf(error: SessionErrorCode | SessionError): TaskInfo["failure"] {
  if (typeof error !== "string") return { code: error.code, message: error.message };
  return { code: error, message: `The test made the task fail: ${error}.` };
}

function headOf(response: TestResponse, url: string): ResponseHead {
  const {
    status = 200,
    statusText = "",
    headers,
  } = typeof response === "number" ? { status: response } : response;
  return { url, status, statusText, headers: Object.fromEntries(new Headers(headers)), redirected: false };
}

async function resultOf(info: TaskInfo, { response, file }: TestTaskOptions): Promise<TaskResult> {
  const error = errorOf(info);
  const hasBody = info.kind !== "download" && response instanceof Response && response.body !== null;
  const body = hasBody ? await response.clone().blob() : null;
  return {
    ...(info.response !== undefined && { response: responseOf(info.response, body) }),
    ...(file !== undefined && error === undefined && { file }),
    ...(error !== undefined && { error }),
  };
}
