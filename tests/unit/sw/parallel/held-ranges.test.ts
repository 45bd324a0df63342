import { describe, expect, it } from "vitest";
import type { RangeRow } from "../../../../src/store/schema.ts";
import { rangeOfHeld, readHeldRanges } from "../../../../src/sw/parallel/held-ranges.ts";
import type { Run } from "../../../../src/sw/ports/transport.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { taskRow } from "../../../support/task-row.ts";

/** What is on disk: an offset, and how many bytes. */
const PARTS: readonly RangeRow[] = [
  [0, 60],
  [60, 40],
  [200, 100],
  [300, 50],
];

describe("the ranges of a split file", () => {
  const newDatabase = useDatabases();

  /** Reads them for a row that counts `bytesReceived` and `ranges`. */
  async function held(
    bytesReceived: number,
    ranges: readonly RangeRow[],
    parts: readonly RangeRow[] = PARTS,
    damaged: number = -1,
  ): Promise<RangeRow[]> {
    const database = newDatabase();
    await database.write(["parts"], "relaxed", async (tx) => {
      for (const [offset, sizeBytes] of parts) {
        const bytes = new Blob([new Uint8Array(offset === damaged ? 1 : sizeBytes)]);
        await tx.objectStore("parts").put({ session: "session", fileId: "key/0", offset, sizeBytes, bytes });
      }
    });
    const validator = { kind: "etag", value: '"1"' } as const;
    const file = { fileId: "key/0", total: 500, isTotalSure: true, isSameOrigin: true, validator, ranges };
    const run = { row: taskRow({ bytesReceived, file }), host: { database } } as unknown as Run;
    return (await readHeldRanges(run)).map(rangeOfHeld);
  }

  it("are used as the row counts them", async () => {
    expect(await held(100, [[200, 350]])).toEqual([
      [0, 100],
      [200, 350],
    ]);
  });

  it.each<[string, number, readonly RangeRow[], readonly RangeRow[]]>([
    ["the row counts more than there is", 100, [[200, 400]], PARTS],
    ["the row counts less than there is", 100, [[200, 300]], PARTS],
    [
      "the row counts a range that is not there",
      100,
      [
        [200, 350],
        [400, 450],
      ],
      PARTS,
    ],
    ["the row does not count a range", 100, [], PARTS],
    ["the beginning is gone", 100, [[200, 350]], PARTS.slice(1)],
    ["a part in the middle is gone", 100, [[200, 350]], PARTS.filter(([offset]) => offset !== 200)],
    ["nothing is there", 100, [[200, 350]], []],
  ])("are not used at all if %s", async (_, bytesReceived, ranges, parts) => {
    expect(await held(bytesReceived, ranges, parts)).toEqual([]);
  });

  it("end before a part that is damaged, and go on after it", async () => {
    expect(await held(100, [[200, 350]], PARTS, 60)).toEqual([
      [0, 60],
      [200, 350],
    ]);
    expect(await held(100, [[200, 350]], PARTS, 200)).toEqual([
      [0, 100],
      [300, 350],
    ]);
  });
});
