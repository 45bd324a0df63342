import type { RequestSource } from "./storable-init.ts";

/** Both keep all queues of an origin in one database, in the same form. */
export const OLD_DATABASES = ["workbox-background-sync", "serwist-background-sync"] as const;

/** A request as `Queue.pushRequest` stores it. */
export interface OldRequest {
  readonly id: number;
  readonly queueName: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly metadata?: unknown;
  readonly requestData: RequestSource & { readonly body?: ArrayBuffer };
}

/** What is left of a row whose task is on disk, until that task is started. */
export type Stub = Pick<OldRequest, "id" | "queueName" | "timestamp">;

/** The rows of a turn that is under way. */
export interface Turn {
  readonly id: number;
  readonly queueName: string;
  readonly rows: readonly Pick<OldRequest, "id" | "timestamp">[];
}

const VERSION = 3;

/** The rows of one queue in a database of workbox or Serwist. */
export class OldQueue {
  readonly #database: IDBDatabase;
  readonly #name: string;

  private constructor(database: IDBDatabase, name: string) {
    this.#database = database;
    this.#name = name;
  }

  /** Fulfils with undefined if there is no such database, or one of another layout. It is not made or upgraded. */
  static async open(database: (typeof OLD_DATABASES)[number], name: string): Promise<OldQueue | undefined> {
    // WebKit keeps an empty database if its first upgrade is aborted. Older versions of Firefox cannot list them.
    const known = await indexedDB.databases?.();
    if (known?.every((other) => other.name !== database)) return undefined;
    const request = indexedDB.open(database);
    let isMissing = false;
    request.onupgradeneeded = () => {
      isMissing = true;
      // An empty database of a later version would be of no use to workbox, for good.
      request.transaction?.abort();
    };
    try {
      const opened = await settled(request);
      opened.onversionchange = () => opened.close();
      if (opened.version === VERSION) return new OldQueue(opened, name);
      opened.close();
    } catch (error) {
      if (!isMissing) throw error;
    }
    return undefined;
  }

  close(): void {
    this.#database.close();
  }

  /** Returns the keys of what waits, in its order. */
  keys(): Promise<number[]> {
    const index = this.#store("readonly").index("queueName");
    return settled(index.getAllKeys(this.#name)) as Promise<number[]>;
  }

  /** Returns those rows that are still there. */
  async rows(keys: readonly number[]): Promise<OldRequest[]> {
    const store = this.#store("readonly");
    const rows = await Promise.all(keys.map((key) => settled<OldRequest>(store.get(key))));
    return rows.filter((row) => row !== undefined);
  }

  /** Returns what is left of rows whose tasks have perhaps not been started. */
  stubs(): Promise<Stub[]> {
    return settled(this.#store("readonly").index("queueName").getAll(this.#stubName));
  }

  /** Returns the turns that were cut off. */
  turns(): Promise<Turn[]> {
    return settled(this.#store("readonly").index("queueName").getAll(this.#turnName));
  }

  /** Notes which rows are about to become tasks, under a key of its own. The old queue does not see that. */
  async begin(rows: readonly OldRequest[]): Promise<Turn> {
    const turn = {
      queueName: this.#turnName,
      timestamp: Date.now(),
      rows: rows.map(({ id, timestamp }) => ({ id, timestamp })),
    };
    const store = this.#store("readwrite");
    const added = store.add(turn);
    await committed(store.transaction);
    return { ...turn, id: added.result as number };
  }

  /**
   * Puts stubs in the place of rows, in one transaction: the old queue sees these no more.
   * @returns those rows that the old worker has not taken meanwhile
   */
  async replace<Row extends Stub>(rows: readonly Row[]): Promise<Row[]> {
    const queueName = this.#stubName;
    await this.#write(rows, (store, { id, timestamp }) => {
      const existing: IDBRequest<OldRequest | undefined> = store.get(id);
      existing.onsuccess = () => {
        const row = existing.result;
        // Another queue of the old worker may have a row of this key now.
        if (row?.queueName === this.#name && row.timestamp === timestamp)
          store.put({ id, timestamp, queueName });
      };
    });
    // The old worker reads a row in one transaction, and deletes it in the next: it may have read one before this wrote.
    const kept = new Set((await this.stubs()).map(({ id }) => id));
    return rows.filter(({ id }) => kept.has(id));
  }

  delete(rows: readonly { readonly id: number }[]): Promise<void> {
    return this.#write(rows, (store, { id }) => store.delete(id));
  }

  async #write<Row>(
    rows: readonly Row[],
    write: (store: IDBObjectStore, row: Row) => unknown,
  ): Promise<void> {
    if (rows.length === 0) return;
    const store = this.#store("readwrite");
    for (const row of rows) write(store, row);
    await committed(store.transaction);
  }

  get #stubName(): string {
    return `background-session adopted: ${this.#name}`;
  }

  get #turnName(): string {
    return `background-session adopts: ${this.#name}`;
  }

  #store(mode: IDBTransactionMode): IDBObjectStore {
    const transaction = this.#database.transaction("requests", mode, { durability: "strict" });
    const store = transaction.objectStore("requests");
    return store;
  }
}

function settled<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
