import { type DBSchema, type IDBPDatabase, openDB } from "idb";

/** The test app's note of an event, on disk before its callback returns. */
export interface JournalEntry {
  type: "didFinishDownloading" | "didComplete" | "handler";
  eventId: string;
  /** The id of the task, or the name of the handler. */
  id: string;
  status?: number;
  sizeBytes?: number;
  sha256?: string;
  text?: string | undefined;
  context?: unknown;
  error?: string;
  realm: string;
}

interface Schema extends DBSchema {
  journal: { key: number; value: JournalEntry };
}

export const realm: string = crypto.randomUUID();
let connection: Promise<IDBPDatabase<Schema>> | undefined;

function journal(): Promise<IDBPDatabase<Schema>> {
  connection ??= openDB<Schema>("journal", 1, {
    upgrade: (database) => void database.createObjectStore("journal", { autoIncrement: true }),
    terminated: () => {
      connection = undefined;
    },
  });
  return connection;
}

/** Writes an entry and fulfils when it is on disk. */
export async function note(entry: Omit<JournalEntry, "realm">): Promise<void> {
  const add = async () => (await journal()).add("journal", { ...entry, realm });
  // The browser may be deleting all databases at this moment.
  await add().catch(async () => {
    connection = undefined;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return add();
  });
}

export async function entries(): Promise<JournalEntry[]> {
  const database = await journal();
  return database.getAll("journal");
}
