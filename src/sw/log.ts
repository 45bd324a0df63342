/** One line of the daemon's log. Addresses are without their query, and no header is ever in it (X2). */
export interface LogEntry {
  readonly level: "info" | "warning" | "error";
  readonly message: string;
  readonly session?: string;
  readonly taskId?: string;
}

/** Returns a log that never throws: an error of the app's own function must not end what is logged. */
export function safeLog(
  onlog: (entry: LogEntry) => void,
  report: (error: unknown) => void,
): (entry: LogEntry) => void {
  return (entry) => {
    try {
      onlog(entry);
    } catch (error) {
      report(error);
    }
  };
}

/** Returns an address that may be logged: signed URLs carry their secrets in the query. */
export function redacted(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return origin + pathname + (search === "" ? "" : "?…");
}

/** Returns a text that may be logged: each address in it is without its query. */
export function withoutQueries(text: string): string {
  return text.replace(/(https?:[^\s?"')]*)\?[^\s"')]*/g, "$1?…");
}

/** Returns the text of whatever was thrown; the app can throw what no text can be made of. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "something without a text";
  }
}
