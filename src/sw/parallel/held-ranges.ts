import { isReadable } from "../../store/bodies.ts";
import { isDamaged, lengthOf, partsBeyondGaps, usableOf } from "../../store/parts.ts";
import type { PartRow, RangeRow } from "../../store/schema.ts";
import { countedRanges, rangesOf } from "../decisions/byte-ranges.ts";
import type { Run } from "../ports/transport.ts";

/** What can be used of a split file on disk: for each range its parts, the small ones at its end in memory. */
export type HeldRanges = readonly (readonly PartRow[])[];

/** Reads what is on disk of a split file; nothing if the parts are not those that the row counts. */
export async function readHeldRanges({ row, host }: Run): Promise<HeldRanges> {
  const { file, session } = row;
  if (file?.ranges === undefined || file.total === undefined || file.validator === undefined) return [];
  const parts = await partsBeyondGaps(host.database, session, file.fileId);
  if (!areSame(rangesOf(parts), countedRanges(row))) return [];
  const usable: PartRow[] = [];
  // A range that ended where the next one began ends in the middle now: each part may be the last of a realm.
  for (const part of parts) if (!isDamaged(part) && (await isReadable(part.bytes))) usable.push(part);
  const held = await Promise.all(grouped(usable).map(usableOf));
  return held.filter(({ length }) => length > 0);
}

export function rangeOfHeld(parts: readonly PartRow[]): RangeRow {
  return [parts[0]?.offset ?? 0, lengthOf(parts)];
}

/** Groups parts that follow each other. */
function grouped(parts: readonly PartRow[]): PartRow[][] {
  const groups: PartRow[][] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    if (last !== undefined && lengthOf(last) === part.offset) last.push(part);
    else groups.push([part]);
  }
  return groups;
}

function areSame(some: readonly RangeRow[], others: readonly RangeRow[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}
