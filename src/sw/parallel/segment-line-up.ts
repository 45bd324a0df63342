import { middleOf, type SplitLimits } from "../decisions/splitting.ts";
import { Segment } from "./segment.ts";

/** The segments that are not whole yet: those that wait for a connection, and those that have one. */
export class SegmentLineUp {
  #waiting: Segment[];
  readonly #active = new Set<Segment>();

  readonly #limits: SplitLimits;

  constructor(segments: readonly Segment[], limits: SplitLimits) {
    this.#limits = limits;
    this.#waiting = [...segments];
  }

  /** The bytes that have not been received. */
  get missing(): number {
    return [...this.#waiting, ...this.#active].reduce((sum, { missing }) => sum + missing, 0);
  }

  /** Returns what a free connection receives next: a segment that waits, or half of the longest one. */
  take(): Segment | undefined {
    const next = this.#waiting.shift() ?? this.#half();
    if (next !== undefined) this.#active.add(next);
    return next;
  }

  /** A connection is done with a segment, which is whole, or waits for another connection. */
  release(segment: Segment): void {
    this.#active.delete(segment);
    if (segment.missing === 0) return;
    this.#waiting.push(segment);
    for (const active of this.#active) this.#lengthen(active);
  }

  #half(): Segment | undefined {
    const [longest] = [...this.#active].sort((a, b) => b.missing - a.missing);
    const middle = longest && middleOf([longest.at, longest.end], this.#limits);
    if (longest === undefined || middle === undefined) return undefined;
    const half = new Segment([middle, longest.end]);
    longest.end = middle;
    return half;
  }

  /** If a server allows one connection, the answer that it gives has what the others were refused. */
  #lengthen(active: Segment): void {
    for (;;) {
      const next = this.#waiting.find(({ at, end }) => at === active.end && end <= active.reach);
      if (next === undefined) return;
      this.#waiting = this.#waiting.filter((segment) => segment !== next);
      active.end = next.end;
    }
  }
}
