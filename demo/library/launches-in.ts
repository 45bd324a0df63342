import type { Launch, TimelineEntry } from "./timeline-entry.ts";

/** One launch with its events, oldest first. */
export interface LoggedLaunch {
  readonly id: string;
  /** `notification` if the launch of the notification is no longer in the log. */
  readonly place: Launch["place"] | "notification";
  readonly session: string;
  /** At least one. */
  readonly entries: readonly [TimelineEntry, ...TimelineEntry[]];
}

/** Returns the launches that the entries of a timeline belong to, newest first. */
export function launchesIn(entries: readonly TimelineEntry[]): LoggedLaunch[] {
  const launches = new Map<string, LoggedLaunch>();
  for (const entry of entries) {
    const id = entry.launch?.id ?? launchOf(entry.event, launches.values());
    const { session, launch: { place } = { place: "notification" } } = entry;
    const known = launches.get(id);
    launches.set(
      id,
      known === undefined
        ? { id, place, session, entries: [entry] }
        : { ...known, entries: [...known.entries, entry] },
    );
  }
  return [...launches.values()].reverse();
}

/** A notification is shown with the launch in which its download was delivered. */
function launchOf(event: TimelineEntry["event"], launches: Iterable<LoggedLaunch>): string {
  const task = taskOf(event) ?? "";
  const found = [...launches].findLast(({ entries }) =>
    entries.some((entry) => taskOf(entry.event) === task),
  );
  return found?.id ?? `notification ${task}`;
}

function taskOf(event: TimelineEntry["event"]): string | undefined {
  if ("taskId" in event) return event.taskId;
  return "task" in event ? event.task.id : undefined;
}
