import type { TaskRow } from "../../store/schema.ts";
import type { LogEntry } from "../log.ts";

/** Logs a message about a task. */
export type TaskLog = (level: LogEntry["level"], row: TaskRow, message: string) => void;

export function taskLog(log: (entry: LogEntry) => void): TaskLog {
  return (level, { session, id }, message) => log({ level, message, session, taskId: id });
}
