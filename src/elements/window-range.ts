/** The places of the items of a list whose heights are known before they are drawn. */
export class Offsets {
  readonly #tops = [0];

  constructor(heights: readonly number[]) {
    for (const [index, height] of heights.entries()) this.#tops.push(this.top(index) + height);
  }

  /** The upper edge of an item; of the item after the last one, it is the height of the list. */
  top(index: number): number {
    return this.#tops[index] ?? 0;
  }

  /** Returns the first and the last item (exclusive) between two heights, and some more on both sides. */
  range(from: number, to: number, more: number): readonly [first: number, end: number] {
    const first = this.#tops.findLastIndex((top) => top <= from);
    return [Math.max(0, first - more), this.#tops.findLastIndex((top) => top <= to) + 1 + more];
  }
}
