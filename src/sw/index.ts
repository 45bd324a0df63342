export type { LogEntry } from "./log.ts";
export type { SendingTask } from "./ports/sending-task.ts";
export type { UploadProtocol } from "./ports/upload-protocol.ts";
export type { SendingAnswer, WillSend } from "./sending/will-send.ts";
export { type DaemonHandle, type StartDaemonOptions, startDaemon } from "./start-daemon.ts";
