interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits items in one transaction after the other; those that come while one is under way share the next. Each commit
 * waits for the disk, and what happens side by side ends side by side.
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
      // One that the disk does not take must not cost the others theirs.
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
