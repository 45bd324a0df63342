import type { Picture } from "../picture.ts";

/** Returns what is to be said of the scope as a whole, one fact a line. */
export function overviewOf(picture: Picture): string[] {
  const { scope, worker, surroundings, outbox, queues, launches, versions, isOnline } = picture;
  const { usedBytes, quotaBytes, registrations } = surroundings;
  const parked = outbox.filter(({ isParked }) => isParked).length;
  const held = queues.filter(({ heldBy }) => heldBy.length > 0);
  const tags = registrations?.find((one) => one.scope === scope)?.syncTags;
  const lines = [
    [
      scope,
      isOnline ? "online" : "offline",
      `version ${versions.library}`,
      ...versions.workers.map(({ worker, library }) => `${worker} worker ${library}`),
    ].join(", "),
    worker.isAnswering
      ? `The worker has been running since ${new Date(worker.startedAt ?? 0).toLocaleTimeString()}.`
      : "The worker is stopped or silent.",
    `Events owed to the app: ${outbox.length} (${parked} parked). Unfinished launches: ${launches.length}.`,
  ];
  if (!picture.hasDatabase) lines.push("Nothing is stored for this scope.");
  if (held.length > 0) lines.push(`Held queues: ${held.map(({ name }) => `"${name}"`).join(", ")}.`);
  if (tags !== undefined) lines.push(`${tags.length > 0 ? "A" : "No"} sync event is registered.`);
  if (usedBytes !== undefined && quotaBytes !== undefined)
    lines.push(`Storage: ${megabytes(usedBytes)} of ${megabytes(quotaBytes)} MB.`);
  return lines;
}

/** Returns one line for each session. */
export function sessionsOf({ sessions }: Picture): string[] {
  return sessions.map(({ identifier, isOwned, countOfTasks, countOfEvents }) => {
    const owner =
      isOwned === undefined ? "its owner is unknown" : isOwned ? "a page has it" : "no page has it";
    return `${identifier}: unfinished tasks: ${countOfTasks}, events owed: ${countOfEvents}, ${owner}`;
  });
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
