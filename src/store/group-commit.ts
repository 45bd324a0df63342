interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** So many items at most are committed at a time: those that follow must not delay them for ever. */
const MAX_ITEMS = 100;

/**
 * Commits items in one transaction at a time. Items that are added while it writes join it; those that are added while
 * it is being committed share the next one. So many items cost as much as one.
 */
export class GroupCommit<Item, Result> {
  readonly #commit: (items: Iterable<Item>) => Promise<readonly Result[]>;
  readonly #waiting: Waiting<Item, Result>[] = [];
  #isWriting = false;

  /** @param commit writes all of the items or none, one after the other, and fulfils with a result for each */
  constructor(commit: (items: Iterable<Item>) => Promise<readonly Result[]>) {
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
    for (let first = this.#waiting.shift(); first !== undefined; first = this.#waiting.shift()) {
      const batch = [first];
      await this.#writeAll(batch, this.#joining(batch)).catch(async () => {
        // An item that the disk refuses must not make the others fail.
        for (const one of batch) await this.#writeAll([one], [one.item]).catch(one.reject);
      });
    }
    this.#isWriting = false;
  }

  /** Returns the items of a batch, and takes into it what waits by the time that the last one was written. */
  *#joining(batch: Waiting<Item, Result>[]): Iterable<Item> {
    for (const one of batch) {
      yield one.item;
      if (batch.length < MAX_ITEMS) batch.push(...this.#waiting.splice(0, 1));
    }
  }

  async #writeAll(batch: readonly Waiting<Item, Result>[], items: Iterable<Item>): Promise<void> {
    const results = await this.#commit(items);
    for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
  }
}
