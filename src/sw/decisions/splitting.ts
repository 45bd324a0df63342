import type { FileRow, RangeRow } from "../../store/schema.ts";
import { lengthOfRange } from "./byte-ranges.ts";

const MIB = 1024 * 1024;

export interface SplitLimits {
  /** If less is left, one connection is about as fast as several. */
  readonly leftBytes: number;
  /** A shorter segment is not worth a request. */
  readonly segmentBytes: number;
}

export const SPLIT_LIMITS: SplitLimits = { leftBytes: 16 * MIB, segmentBytes: 4 * MIB };

/** What an answer says about splitting the rest of its file. */
export interface SplitFacts {
  readonly method: string;
  readonly status: number;
  readonly headers: Headers;
  /** What is known of the file by this answer. */
  readonly file: FileRow;
  /** The first byte of the answer, and the first one after it if the server says so. */
  readonly start: number;
  readonly end: number | undefined;
}

/** Whether the server has proved that the rest of the file can be asked for in segments, each of which can be proved. */
export function maySplit(
  { method, status, headers, file, start, end }: SplitFacts,
  { leftBytes }: SplitLimits,
): boolean {
  const { total, isTotalSure, validator, isUnranged, isSameOrigin } = file;
  if (method !== "GET" || isUnranged || !isTotalSure || total === undefined || validator === undefined)
    return false;
  if (total - start < leftBytes) return false;
  // A server that caps its ranges would cap those of the segments too.
  if (status === 206) return end === total;
  const isOffered = /(^|[\s,])bytes($|[\s,])/i.test(headers.get("accept-ranges") ?? "");
  return status === 200 && isSameOrigin && isOffered;
}

/** Cuts gaps into `count` segments, as equal as they can be, or into fewer if they would be too short. */
export function cut(gaps: readonly RangeRow[], count: number, { segmentBytes }: SplitLimits): RangeRow[] {
  const pieces = gaps.map(() => 1);
  for (let spare = count - gaps.length; spare > 0; spare -= 1) {
    const lengths = gaps.map((gap, index) => lengthOfRange(gap) / (pieces[index] as number));
    const longest = lengths.indexOf(Math.max(...lengths));
    const more = (pieces[longest] ?? 0) + 1;
    if (lengthOfRange(gaps[longest] ?? [0, 0]) < more * segmentBytes) break;
    pieces[longest] = more;
  }
  return gaps.flatMap(([start, end], index) => cutEvenly(start, end, pieces[index] as number));
}

function cutEvenly(start: number, end: number, count: number): RangeRow[] {
  const edge = (index: number) => start + Math.round(((end - start) * index) / count);
  return Array.from({ length: count }, (_, index) => [edge(index), edge(index + 1)] as const);
}

/** Returns where to split the rest of a segment that is under way, for a connection that is free; undefined: not. */
export function middleOf([start, end]: RangeRow, { segmentBytes }: SplitLimits): number | undefined {
  return end - start < 2 * segmentBytes ? undefined : start + Math.ceil((end - start) / 2);
}
