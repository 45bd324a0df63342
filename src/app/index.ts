import type { SessionDelegate as DelegateOf } from "./events/delegate.ts";
import type { OpenOptions as OpenOptionsOf } from "./session/open-options.ts";
import type { BackgroundSession } from "./session/session.ts";

export type { TransportReason, TransportWay } from "../protocol/background-fetch.ts";
export type {
  NotificationConfiguration,
  RetryConfiguration,
  SessionConfiguration,
  TransportWish,
} from "../protocol/configuration.ts";
export type { DaemonKind } from "../protocol/daemon-kind.ts";
export type { ResumeData } from "../protocol/resume-data.ts";
export { SessionError, type SessionErrorCode } from "../protocol/session-error.ts";
export type { TaskKind, TransportInfo } from "../protocol/task-info.ts";
export type { TaskActivity, TaskState } from "../protocol/task-state.ts";
export type { UploadProtocolName } from "../protocol/upload-protocol.ts";
export type { DaemonScript } from "./daemon/daemon-location.ts";
export type { CompletionHandler, EventInfo } from "./events/delegate.ts";
export type { OnBusy, Role } from "./ownership/ownership.ts";
export type { RequestDescription, TaskRequest } from "./requests/request-snapshot.ts";
export type { StorableBody } from "./requests/stored-body.ts";
export { BackgroundSession, type ParkedEvent, type ResumeRequest } from "./session/session.ts";
export type { BackgroundTask, RequestInfo, TaskProgress } from "./tasks/task.ts";
export type { ResumeResult } from "./tasks/task-model.ts";
export type { TaskOptions, UploadOptions } from "./tasks/task-options.ts";
export type { TaskResult } from "./tasks/task-result.ts";

/**
 * The app's object that receives a session's events. Only the owner receives the durable ones: in order, one at a time,
 * and again only if the acknowledgement did not reach the disk. Return a promise to say when you are done.
 * Every session object receives the others, at most ten times a second.
 */
export type SessionDelegate = DelegateOf<BackgroundSession>;
/** The options of `BackgroundSession.open`. */
export type OpenOptions = OpenOptionsOf<BackgroundSession>;
