/** A database of one store, as bare as can be. */
export class BareStore {
  readonly #database: IDBDatabase;
  readonly #durability: IDBTransactionDurability;

  private constructor(database: IDBDatabase, durability: IDBTransactionDurability) {
    this.#database = database;
    this.#durability = durability;
  }

  static async open(durability: IDBTransactionDurability): Promise<BareStore> {
    const request = indexedDB.open(`bare-${crypto.randomUUID()}`);
    request.onupgradeneeded = () => request.result.createObjectStore("values", { autoIncrement: true });
    await new Promise((resolve, reject) => {
      request.onsuccess = resolve;
      request.onerror = () => reject(request.error);
    });
    return new BareStore(request.result, durability);
  }

  /** Fulfils when its transaction has ended. */
  put(value: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      const tx = this.#database.transaction("values", "readwrite", { durability: this.#durability });
      tx.objectStore("values").add(value);
      tx.oncomplete = () => resolve();
      tx.onerror = () => reject(tx.error);
    });
  }

  async delete(): Promise<void> {
    this.#database.close();
    await new Promise((resolve) => {
      indexedDB.deleteDatabase(this.#database.name).onsuccess = resolve;
    });
  }
}
