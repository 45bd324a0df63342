import type { LogEntry } from "../protocol/inspection.ts";

/** An attempt failed, and why: the daemon writes that as a sentence, or as JSON. */
const FAILURE = /(?:unanswered|interrupted|refused|unusable|restart): (.*)/s;

/** Returns the message of a line of the log as text: the facts at its end, which are JSON, are listed. */
export function logText(message: string): string {
  const start = message.indexOf("{");
  const facts = factsIn(message.slice(start));
  if (facts === undefined) return message;
  return message.slice(0, start) + facts.map(([name, value]) => `${name} ${value}`).join(", ");
}

/** Returns why the last attempt of a task failed, as far as the log says; undefined if it does not. */
export function lastFailureIn(log: readonly LogEntry[], session: string, id: string): string | undefined {
  const lines = log.filter((line) => line.session === session && line.taskId === id);
  const [, why] = FAILURE.exec(lines.findLast(({ message }) => FAILURE.test(message))?.message ?? "") ?? [];
  const { status, reason } = Object.fromEntries(factsIn(why) ?? []);
  return status === undefined ? (reason ?? why) : `HTTP ${status}`;
}

function factsIn(text = ""): [string, string][] | undefined {
  try {
    const { kind: _, ...facts } = JSON.parse(text);
    return Object.entries(facts);
  } catch {
    return undefined;
  }
}
