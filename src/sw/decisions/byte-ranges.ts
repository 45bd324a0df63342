import type { PartMark } from "../../store/parts.ts";
import type { RangeRow, TaskRow } from "../../store/schema.ts";

/** Returns the ranges that the parts of a file cover, in order. */
export function rangesOf(parts: readonly PartMark[]): RangeRow[] {
  return joined(parts.map(({ offset, sizeBytes }) => [offset, offset + sizeBytes]));
}

/** Returns the ranges that are on disk as the row counts them, in order. */
export function countedRanges({ bytesReceived, file }: Pick<TaskRow, "bytesReceived" | "file">): RangeRow[] {
  const beginning: RangeRow[] = bytesReceived > 0 ? [[0, bytesReceived]] : [];
  return [...beginning, ...(file?.ranges ?? [])];
}

/** How the row counts these ranges. */
export interface Counted {
  readonly bytesReceived: number;
  readonly ranges: readonly RangeRow[];
}

/** Returns how the row counts `ranges`, which are in order: what begins at 0, and the others. */
export function countOf(ranges: readonly RangeRow[]): Counted {
  const [first, ...others] = ranges;
  if (first === undefined || first[0] > 0) return { bytesReceived: 0, ranges };
  return { bytesReceived: first[1], ranges: others };
}

/** Returns `ranges` after a part was written in place of all that was from its offset up to `end`. */
export function withPart(
  ranges: readonly RangeRow[],
  { offset, sizeBytes }: PartMark,
  end: number,
): RangeRow[] {
  const kept = ranges.flatMap(([from, to]): RangeRow[] => [
    [from, Math.min(to, offset)],
    [Math.max(from, end), to],
  ]);
  const part: RangeRow = [offset, offset + sizeBytes];
  return joined([...kept, part].filter(isFilled).sort(byStart));
}

/** Returns what is missing of `total` bytes, in order. */
export function gapsIn(ranges: readonly RangeRow[], total: number): RangeRow[] {
  const starts = [0, ...ranges.map(([, end]) => end)];
  const ends = [...ranges.map(([start]) => start), total];
  return starts.map((start, index): RangeRow => [start, ends[index] as number]).filter(isFilled);
}

export function lengthOfAll(ranges: readonly RangeRow[]): number {
  return ranges.reduce((sum, range) => sum + lengthOfRange(range), 0);
}

export function lengthOfRange([start, end]: RangeRow): number {
  return end - start;
}

function isFilled(range: RangeRow): boolean {
  return lengthOfRange(range) > 0;
}

function byStart([a]: RangeRow, [b]: RangeRow): number {
  return a - b;
}

/** Makes one of ranges that touch. */
function joined(ranges: readonly RangeRow[]): RangeRow[] {
  const all: [number, number][] = [];
  for (const [start, end] of ranges) {
    const last = all.at(-1);
    if (last?.[1] === start) last[1] = end;
    else all.push([start, end]);
  }
  return all;
}
