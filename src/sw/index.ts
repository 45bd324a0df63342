export type { LogEntry } from "./log.ts";
export { type StartDaemonOptions, startDaemon } from "./start-daemon.ts";
