export type { LogEntry } from "./log.ts";
export { type DaemonHandle, type StartDaemonOptions, startDaemon } from "./start-daemon.ts";
export type { UploadProtocol } from "./uploads/upload-protocol.ts";
export type { SendingAnswer, SendingTask, WillSend } from "./will-send.ts";
