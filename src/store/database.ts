import { type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from "idb";
import { SessionError } from "../protocol/session-error.ts";
import { SCHEMA_VERSION, type Schema } from "./schema.ts";
import { UPGRADES } from "./upgrades.ts";

type Stores = StoreNames<Schema>[];
export type ReadTransaction = IDBPTransaction<Schema, Stores, "readonly">;
export type WriteTransaction = IDBPTransaction<Schema, Stores, "readwrite">;

/** While the browser takes the data of a site away, it breaks off openings as well. */
const OPENING_TRIES = 10;
const OPENING_PAUSE_MS = 100;

/**
 * The database of one scope. It opens when it is first used and again whenever its connection went: a newer
 * version asked for room (`versionchange`), or the browser took the data away (`terminated`).
 */
export class Database {
  readonly name: string;
  #connection: Promise<IDBPDatabase<Schema>> | undefined;
  /** Called when the connection was closed by force or the database deleted: the data may be gone. */
  onTerminated: () => void = () => {};

  constructor(name: string) {
    this.name = name;
  }

  open(): Promise<IDBPDatabase<Schema>> {
    this.#connection ??= this.#connect().catch((error: unknown) => {
      this.#connection = undefined;
      throw storageError(error);
    });
    return this.#connection;
  }

  close(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    void connection?.then((database) => database.close()).catch(() => {});
  }

  /** Runs `body` in one transaction and fulfils with its result once that is committed. */
  async read<Result>(stores: Stores, body: (tx: ReadTransaction) => Promise<Result>): Promise<Result> {
    const tx = await this.#begin((database) => database.transaction(stores, "readonly"));
    return settle(tx.done, () => body(tx as ReadTransaction));
  }

  /** Like `read`, for writing. An error of `body` aborts: nothing of it is kept. */
  async write<Result>(
    stores: Stores,
    durability: "strict" | "relaxed",
    body: (tx: WriteTransaction) => Promise<Result>,
  ): Promise<Result> {
    const tx = await this.#begin((database) => database.transaction(stores, "readwrite", { durability }));
    tx.done.catch(() => {});
    // Firefox has the reason at the request that failed first, others at the transaction, and `tx.done` may have neither.
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
      // On a connection that met a full disk Firefox has the next transaction do nothing but delete.
      if (error instanceof SessionError && error.code === "storage-full") this.close();
      throw error;
    }
  }

  /** A connection that was closed under us shows only here, at its next transaction. */
  async #begin<Tx>(start: (database: IDBPDatabase<Schema>) => Tx): Promise<Tx> {
    const database = await this.open();
    try {
      return start(database);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "InvalidStateError")) throw storageError(error);
      this.#connection = undefined;
      return start(await this.open());
    }
  }

  async #connect(): Promise<IDBPDatabase<Schema>> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#openVersion(SCHEMA_VERSION);
      } catch (error) {
        const name = error instanceof DOMException && error.name;
        if (name === "VersionError") return await this.#openNewer();
        if (name !== "AbortError" || tries === OPENING_TRIES) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, OPENING_PAUSE_MS));
    }
  }

  /** Newer databases of the same major version only have more in them, so that they can be used as they are. */
  async #openNewer(): Promise<IDBPDatabase<Schema>> {
    const database = await this.#openVersion(undefined);
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

  #openVersion(version: number | undefined): Promise<IDBPDatabase<Schema>> {
    return openDB<Schema>(this.name, version, {
      upgrade(database, oldVersion, _newVersion, tx) {
        for (const step of UPGRADES.slice(oldVersion)) step(database, tx);
      },
      blocking: (_, wantedVersion) => {
        this.close();
        // No version is wanted: the database is being deleted.
        if (wantedVersion === null) this.onTerminated();
      },
      terminated: () => {
        this.#connection = undefined;
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
  // The transaction rejects too when its body does; only the first reason is of interest.
  done.catch(() => {});
  try {
    const result = await body();
    await done;
    return result;
  } catch (error) {
    abandon?.();
    // A request says no more than that its transaction was aborted; why, only the transaction says.
    throw storageError(isAbort(error) ? await reasonOf(done, error) : error);
  }
}

/** A transaction that says nothing either was aborted by us. */
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
    // It was over already: the error came from its end.
  }
}

/** Turns what IndexedDB throws into what the library promises to throw; leaves everything else alone. */
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
