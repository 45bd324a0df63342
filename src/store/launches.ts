import { isQuestion } from "../protocol/questions.ts";
import type { Database, ReadTransaction, WriteTransaction } from "./database.ts";
import type { LaunchRow, SessionRow } from "./schema.ts";
import { allSessions, changeSession, soundSession } from "./sessions.ts";
import { sessionRange } from "./tasks.ts";

/** A session for which the app is to be launched if no page owns it. */
export interface DueLaunch {
  readonly session: string;
  /** The record of a launch that has begun and whose completion handler was not called. */
  readonly record: LaunchRow | undefined;
  /** The last event in the outbox. */
  readonly upTo: number;
  /** The last event that an earlier launch has handled. */
  readonly launchedUpTo: number;
}

const STORES = ["sessions", "launches", "outbox"] as const;

/** Lists the sessions with events that no launch has handled, or with a launch that has not ended (L1, C2). */
export function dueLaunches(database: Database): Promise<DueLaunch[]> {
  return database.read([...STORES], async (tx) => {
    const sessions = await allSessions(tx);
    const due = await Promise.all(sessions.map((row) => dueLaunch(tx, row)));
    return due.filter((launch) => launch !== undefined);
  });
}

async function dueLaunch(
  tx: ReadTransaction | WriteTransaction,
  { identifier, configuration, launchedUpTo = 0 }: SessionRow,
): Promise<DueLaunch | undefined> {
  if (!configuration.sessionSendsLaunchEvents) return undefined;
  const [record, last] = await Promise.all([
    tx.objectStore("launches").get(identifier),
    tx.objectStore("outbox").index("by-session").openKeyCursor(sessionRange(identifier), "prev"),
  ]);
  const upTo = last?.primaryKey ?? 0;
  return record !== undefined || upTo > launchedUpTo
    ? { session: identifier, record, upTo, launchedUpTo }
    : undefined;
}

/**
 * Returns whether the app has been asked something since the last launch. It reads the events of `keys` only: a
 * session may have many others that wait until its transfers have ended.
 * @param keys the tasks that wait for the app's answer
 */
export function hasNewQuestion(
  database: Database,
  { session, launchedUpTo }: DueLaunch,
  keys: readonly string[],
): Promise<boolean> {
  return database.read(["outbox"], async (tx) => {
    const byTask = tx.objectStore("outbox").index("by-task");
    for (const key of keys) {
      const events = await byTask.getAll([session, key]);
      const isNew = events.some(
        ({ type, isParked, seq = 0 }) => isQuestion(type) && !isParked && seq > launchedUpTo,
      );
      if (isNew) return true;
    }
    return false;
  });
}

/** Records that the app is being launched, if that is still due. @returns what it is launched for */
export function beginLaunch(
  database: Database,
  session: string,
  now: number,
): Promise<DueLaunch | undefined> {
  return database.write([...STORES], "strict", async (tx) => {
    const row = await tx.objectStore("sessions").get(session);
    const due = row && (await dueLaunch(tx, soundSession(row)));
    if (due === undefined) return undefined;
    const { begunAt = now, tries = 0 } = due.record ?? {};
    const record: LaunchRow = { session, begunAt, tries: (Number(tries) || 0) + 1 };
    await tx.objectStore("launches").put(record);
    return { ...due, record };
  });
}

/**
 * Records that a launch is over.
 * @param upTo the last event that it handled; undefined if somebody else takes care of the events
 */
export function endLaunch(database: Database, session: string, upTo: number | undefined): Promise<void> {
  return database.write(["sessions", "launches"], "strict", async (tx) => {
    await tx.objectStore("launches").delete(session);
    if (upTo === undefined) return;
    await changeSession(tx, session, (row) => ({
      ...row,
      launchedUpTo: Math.max(row.launchedUpTo ?? 0, upTo),
    }));
  });
}
