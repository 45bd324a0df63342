interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits items in one transaction at a time; items that are added meanwhile share the next one. Each commit waits for
 * the disk, so that many at a time cost as much as one.
 */
export class GroupCommit<Item, Result> {
  readonly #commit: (items: readonly Item[]) => Promise<readonly Result[]>;
  #waiting: Waiting<Item, Result>[] = [];
  #isWriting = false;

  /** @param commit writes all of the items or none, in their order, and fulfils with a result for each */
  constructor(commit: (items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#commit = commit;
  }

  /** Fulfils when `item` is committed. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      // An item that the disk refuses must not make the others fail.
      await this.#writeAll(batch).catch(async () => {
        for (const one of batch) await this.#writeAll([one]).catch(one.reject);
      });
    }
    this.#isWriting = false;
  }

  async #writeAll(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const results = await this.#commit(batch.map(({ item }) => item));
    for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
  }
}
