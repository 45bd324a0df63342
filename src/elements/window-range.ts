/** The places of the items of a list whose heights are known before they are drawn. */
export class Offsets {
  readonly #tops: Float64Array;

  constructor(heights: readonly number[]) {
    this.#tops = new Float64Array(heights.length + 1);
    for (const [index, height] of heights.entries()) this.#tops[index + 1] = this.top(index) + height;
  }

  /** The upper edge of an item; of the item after the last one, it is the height of the list. */
  top(index: number): number {
    return this.#tops[index] ?? 0;
  }

  /** Returns the first and the last item (exclusive) between two heights, and some more on both sides. */
  range(from: number, to: number, more: number): readonly [first: number, end: number] {
    const count = this.#tops.length - 1;
    const first = Math.max(0, this.#at(from) - more);
    return [first, Math.min(count, this.#at(to) + 1 + more)];
  }

  /** The item at a height, by halving. */
  #at(height: number): number {
    let low = 0;
    let high = this.#tops.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.top(middle + 1) <= height) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
