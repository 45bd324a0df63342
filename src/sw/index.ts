export type { LogEntry } from "./log.ts";
export { type DaemonHandle, type StartDaemonOptions, startDaemon } from "./start-daemon.ts";
