export type { TransportReason, TransportWay } from "../protocol/background-fetch.ts";
export type {
  GroupConfiguration,
  GroupNotification,
  NotificationConfiguration,
  OnFailure,
  QueueConfiguration,
  RetryConfiguration,
  SessionConfiguration,
  TransportWish,
} from "../protocol/configuration.ts";
export type { DaemonKind } from "../protocol/daemon-kind.ts";
export type { Destination } from "../protocol/destination.ts";
export type { AttemptMetrics, TaskMetrics } from "../protocol/metrics.ts";
export type { ResumeData } from "../protocol/resume-data.ts";
export { SessionError, type SessionErrorCode, type SessionErrorOptions } from "../protocol/session-error.ts";
export type { ResponseHead, TaskKind, TransportInfo } from "../protocol/task-info.ts";
export type { TaskActivity, TaskState } from "../protocol/task-state.ts";
export type { UploadProtocolName } from "../protocol/upload-protocol.ts";
export type { EndState } from "../store/history.ts";
export type { OnDuplicate } from "../store/insert.ts";
export type { DurableEvent } from "../store/schema.ts";
export type { FoundDownload, ParkedEvent, ResumeRequest, SessionSnapshot } from "./background-session.ts";
export type {
  BackgroundTask,
  RequestInfo,
  TaskFacts,
  TaskProgress,
  TaskSnapshot,
} from "./background-task.ts";
export type { DaemonLocation, DaemonScript } from "./daemon/daemon-location.ts";
export type { CompletionHandler, EventInfo } from "./events/completion-handler.ts";
export type {
  BeginAnswer,
  Challenge,
  ChallengeAnswer,
  SessionDelegate,
} from "./events/delegate.ts";
export type { OnBusy, Role } from "./ownership/ownership.ts";
export type { StorableBody } from "./requests/stored-body.ts";
export type { RequestDescription, TaskRequest } from "./requests/task-request.ts";
export type { OpenOptions } from "./session/open-options.ts";
export { BackgroundSession, type BackgroundSessions } from "./session/session.ts";
export type { SnapshotSource, TaskCounts, TaskGroup, TaskQueue, TasksSnapshot } from "./task-group.ts";
export type { HistoryOptions } from "./tasks/history-options.ts";
export type { ResumeResult } from "./tasks/task-model.ts";
export type { DownloadOptions, TaskOptions, UploadOptions } from "./tasks/task-options.ts";
export type { TaskResult } from "./tasks/task-result.ts";
