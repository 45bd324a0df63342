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
export type { CompletionHandler, EventInfo, SessionDelegate } from "./delegate.ts";
export type { DaemonScript } from "./find-daemon.ts";
export type { OpenOptions } from "./open-options.ts";
export type { OnBusy, Role } from "./ownership.ts";
export type { RequestDescription, TaskRequest } from "./request-snapshot.ts";
export { BackgroundSession, type ParkedEvent, type ResumeRequest } from "./session.ts";
export type { StorableBody } from "./stored-body.ts";
export type { BackgroundTask, RequestInfo, TaskProgress } from "./task.ts";
export type { ResumeResult } from "./task-model.ts";
export type { TaskOptions, UploadOptions } from "./task-options.ts";
export type { TaskResult } from "./task-result.ts";
