import { type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from "idb";
import { pause } from "../async/pause.ts";
import { SessionError } from "../protocol/session-error.ts";
import { SCHEMA_VERSION, type Schema } from "./schema.ts";
import { UPGRADES } from "./upgrades.ts";

type Stores = StoreNames<Schema>[];
export type ReadTransaction = IDBPTransaction<Schema, Stores, "readonly">;
export type WriteTransaction = IDBPTransaction<Schema, Stores, "readwrite">;

/** While the browser deletes the data of a site, it aborts openings as well. */
const OPENING_TRIES = 10;
const OPENING_PAUSE_MS = 100;

type Connection = Promise<IDBPDatabase<Schema>>;

interface Begun<Tx> {
  readonly tx: Tx;
  readonly connection: Connection;
}

/**
 * The database of one scope. It opens when it is first used, and again after it lost its connection: to a newer version
 * (`versionchange`), or because the browser deleted the data (`terminated`).
 */
export class Database {
  readonly name: string;
  #connection: Connection | undefined;
  /** Set while nothing may be written through this object: the reason. */
  fence: SessionError | undefined;
  /** Called when the browser closed the connection or the database is being deleted: the data may be gone. */
  onTerminated: () => void = () => {};

  constructor(name: string) {
    this.name = name;
  }

  open(): Connection {
    if (this.#connection !== undefined) return this.#connection;
    const connection: Connection = this.#connect(() => this.#forget(connection)).catch((error: unknown) => {
      this.#forget(connection);
      throw storageError(error);
    });
    this.#connection = connection;
    return connection;
  }

  close(): void {
    if (this.#connection !== undefined) this.#closeOne(this.#connection);
  }

  #closeOne(connection: Connection): void {
    this.#forget(connection);
    connection.then((database) => database.close()).catch(() => {});
  }

  /** Drops a connection that is of no use any more, unless another one has taken its place. */
  #forget(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
  }

  /** Runs `body` in one transaction and fulfils with its result when that is committed. */
  async read<Result>(stores: Stores, body: (tx: ReadTransaction) => Promise<Result>): Promise<Result> {
    const { tx } = await this.#begin((database) => database.transaction(stores, "readonly"));
    return settle(tx.done, () => body(tx as ReadTransaction));
  }

  /** Like `read`, for writing. If `body` throws, nothing of it is kept. */
  async write<Result>(
    stores: Stores,
    durability: "strict" | "relaxed",
    body: (tx: WriteTransaction) => Promise<Result>,
  ): Promise<Result> {
    if (this.fence !== undefined) throw this.fence;
    const { tx, connection } = await this.#begin((database) =>
      database.transaction(stores, "readwrite", { durability }),
    );
    tx.done.catch(() => {});
    // Firefox gives the reason with the first failed request, others with the transaction; `tx.done` may have neither.
    const done = new Promise<void>((resolve, reject) => {
      let first: unknown;
      tx.addEventListener("error", ({ target }) => {
        first ??= (target as IDBRequest).error;
      });
      tx.addEventListener("complete", () => resolve());
      tx.addEventListener("abort", () => reject(tx.error ?? first ?? new DOMException("", "AbortError")));
    });
    try {
      return await settle(
        done,
        () => body(tx as WriteTransaction),
        () => abort(tx),
      );
    } catch (error) {
      // After a full disk, the next transaction of the same connection can only delete in Firefox.
      if (error instanceof SessionError && error.code === "storage-full") this.#closeOne(connection);
      throw error;
    }
  }

  /** A connection that the browser closed is noticed only when a transaction begins: it then begins on a new one. */
  async #begin<Tx>(start: (database: IDBPDatabase<Schema>) => Tx): Promise<Begun<Tx>> {
    for (let tries = 1; ; tries += 1) {
      const connection = this.open();
      const database = await connection;
      try {
        return { tx: start(database), connection };
      } catch (error) {
        const isClosed = error instanceof DOMException && error.name === "InvalidStateError";
        if (!isClosed || tries === 2) throw storageError(error);
        this.#forget(connection);
      }
    }
  }

  async #connect(onGone: () => void): Connection {
    let isNewer = false;
    for (let tries = 1; ; tries += 1) {
      try {
        return await (isNewer ? this.#openNewer(onGone) : this.#openVersion(SCHEMA_VERSION, onGone));
      } catch (error) {
        const name = error instanceof DOMException && error.name;
        // If the database was deleted in between, it is created again.
        isNewer = name === "VersionError";
        if (!isNewer && (name !== "AbortError" || tries === OPENING_TRIES)) throw error;
      }
      if (!isNewer) await pause(OPENING_PAUSE_MS);
    }
  }

  /** A newer database of the same major version only has more in it, so that it can be used as it is. */
  async #openNewer(onGone: () => void): Connection {
    const database = await this.#openVersion(undefined, onGone);
    const stores = database.objectStoreNames;
    if (
      ["sessions", "tasks", "bodies", "parts", "outbox", "facts", "launches"].every((name) =>
        stores.contains(name as never),
      )
    ) {
      return database;
    }
    database.close();
    throw new SessionError(
      "page-outdated",
      `The database ${this.name} was made by a newer, incompatible version. Reload the page to get that version.`,
    );
  }

  /** @param onGone called when the connection is closed, or will be when its transactions are over */
  #openVersion(version: number | undefined, onGone: () => void): Connection {
    return openDB<Schema>(this.name, version, {
      upgrade(database, oldVersion, _newVersion, tx) {
        tx.done.catch(() => {});
        // An existing database was to be opened and there is none: a new one would get the wrong version.
        if (version === undefined) return tx.abort();
        for (const step of UPGRADES.slice(oldVersion)) step(database, tx);
      },
      blocking: (_, wantedVersion, { target }) => {
        (target as IDBDatabase).close();
        onGone();
        // Without a wanted version, the database is being deleted.
        if (wantedVersion === null) this.onTerminated();
      },
      terminated: () => {
        onGone();
        this.onTerminated();
      },
    });
  }
}

async function settle<Result>(
  done: Promise<void>,
  body: () => Promise<Result>,
  abandon?: () => void,
): Promise<Result> {
  // If the body rejects, the transaction does too; only the first reason matters.
  done.catch(() => {});
  try {
    const result = await body();
    await done;
    return result;
  } catch (error) {
    abandon?.();
    // A request only says that its transaction was aborted; the transaction says why.
    throw storageError(isAbort(error) ? await reasonOf(done, error) : error);
  }
}

/** If the transaction gives no reason either, we aborted it. */
function reasonOf(done: Promise<void>, error: unknown): Promise<unknown> {
  return done.then(
    () => error,
    (reason: unknown) => reason,
  );
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function abort(tx: { abort(): void }): void {
  try {
    tx.abort();
  } catch {
    // The transaction was over already: its end caused the error.
  }
}

/** Turns errors of IndexedDB into those that the library promises; returns any other error as it is. */
export function storageError(error: unknown): unknown {
  // Firefox's quota errors have several names and are not always DOMExceptions.
  const name = (error as { name?: unknown } | undefined)?.name;
  if (name === "QuotaExceededError" || name === "NS_ERROR_FILE_NO_DEVICE_SPACE") {
    return new SessionError(
      "storage-full",
      "The browser's storage for this site is full. Free space, then retry; what was stored is intact.",
      { cause: error },
    );
  }
  if (error instanceof DOMException && STORAGE_FAULTS.has(error.name)) {
    return new SessionError("storage-lost", `The browser's storage failed: ${error.name}: ${error.message}`, {
      cause: error,
    });
  }
  return error;
}

const STORAGE_FAULTS: ReadonlySet<string> = new Set([
  "UnknownError",
  "AbortError",
  "NotReadableError",
  "InvalidStateError",
]);
