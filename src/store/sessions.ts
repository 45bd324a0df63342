import { isIdentifier } from "../protocol/checks.ts";
import type { StoredConfiguration } from "../protocol/configuration.ts";
import { completeConfiguration, DEFAULT_CONFIGURATION } from "../protocol/configuration.ts";
import type { Database, ReadTransaction, WriteTransaction } from "./database.ts";
import type { KnownDaemon, SessionRow, TaskRow } from "./schema.ts";
import { soundRow } from "./sound-row.ts";
import { liveRange, sessionRange } from "./tasks.ts";

export interface StoredSession {
  readonly session: SessionRow;
  readonly tasks: TaskRow[];
  /** The session was created, or its configuration replaced. */
  readonly isChanged: boolean;
}

/**
 * Reads a session and its unfinished tasks, and creates the session if it is new. A given configuration replaces the
 * stored one.
 */
export async function openStoredSession(
  database: Database,
  identifier: string,
  configuration: StoredConfiguration | undefined,
): Promise<StoredSession> {
  const found = await database.read(["sessions", "tasks"], async (tx) => {
    const [session, tasks] = await Promise.all([
      tx.objectStore("sessions").get(identifier),
      tx.objectStore("tasks").index("by-live").getAll(liveRange(identifier)),
    ]);
    return { session: session && soundSession(session), tasks: tasks.map(soundRow) };
  });
  if (found.session !== undefined && !differs(found.session.configuration, configuration)) {
    return { session: found.session, tasks: found.tasks, isChanged: false };
  }
  const session = await putSession(database, identifier, configuration);
  return { session, tasks: found.tasks, isChanged: true };
}

function differs(kept: StoredConfiguration, given: StoredConfiguration | undefined): boolean {
  return given !== undefined && JSON.stringify(kept) !== JSON.stringify(given);
}

function putSession(
  database: Database,
  identifier: string,
  configuration: StoredConfiguration | undefined,
): Promise<SessionRow> {
  return database.write(["sessions"], "strict", async (tx) => {
    const sessions = tx.objectStore("sessions");
    const stored = await sessions.get(identifier);
    const kept = stored && soundSession(stored);
    const session: SessionRow = {
      ...kept,
      identifier,
      incarnation: kept?.incarnation ?? crypto.randomUUID(),
      configuration: configuration ?? kept?.configuration ?? DEFAULT_CONFIGURATION,
    };
    await sessions.put(session);
    return session;
  });
}

/** Remembers which daemon served a session last, if any. It may be lost in a crash. */
export function keepDaemon(
  database: Database,
  identifier: string,
  daemon: KnownDaemon | undefined,
): Promise<void> {
  return database.write(["sessions"], "relaxed", (tx) =>
    changeSession(tx, identifier, (row) => ({ ...row, daemon })),
  );
}

/** Writes what `change` returns over the row of a session, if there is one. */
export async function changeSession(
  tx: WriteTransaction,
  identifier: string,
  change: (row: SessionRow) => SessionRow,
): Promise<void> {
  const sessions = tx.objectStore("sessions");
  const row = await sessions.get(identifier);
  if (row !== undefined) await sessions.put(change(row));
}

export function readSessions(database: Database): Promise<SessionRow[]> {
  return database.read(["sessions"], allSessions);
}

export async function allSessions(tx: ReadTransaction | WriteTransaction): Promise<SessionRow[]> {
  return soundSessions(await tx.objectStore("sessions").getAll());
}

/** Leaves out damaged rows. */
export function soundSessions(rows: readonly SessionRow[]): SessionRow[] {
  return rows.filter(({ identifier }) => isIdentifier(identifier)).map(soundSession);
}

/** Completes the configuration: an earlier version may have stored less, and the row may be damaged. */
export function soundSession(row: SessionRow): SessionRow {
  return { ...row, configuration: completeConfiguration(row.configuration) };
}

export function readSession(database: Database, identifier: string): Promise<SessionRow | undefined> {
  return database.read(["sessions"], (tx) => tx.objectStore("sessions").get(identifier));
}

export function readIdentifiers(database: Database): Promise<string[]> {
  return database.read(["sessions"], (tx) => tx.objectStore("sessions").getAllKeys());
}

/** Deletes everything of a session: rows, bytes and events (S11). */
export function deleteStoredSession(database: Database, identifier: string): Promise<void> {
  return database.write(
    ["sessions", "tasks", "bodies", "parts", "outbox", "launches"],
    "strict",
    async (tx) => {
      const range = sessionRange(identifier);
      await Promise.all([
        tx.objectStore("sessions").delete(identifier),
        tx.objectStore("tasks").delete(range),
        tx.objectStore("bodies").delete(range),
        tx.objectStore("launches").delete(identifier),
        tx.objectStore("parts").delete(range),
        deleteEvents(tx, range),
      ]);
    },
  );
}

async function deleteEvents(tx: WriteTransaction, range: IDBKeyRange): Promise<void> {
  const outbox = tx.objectStore("outbox");
  const keys = await outbox.index("by-session").getAllKeys(range);
  await Promise.all(keys.map((key) => outbox.delete(key)));
}
