import { describe, expect, it } from "vitest";
import type { RangeRow } from "../../../../src/store/schema.ts";
import { Segment } from "../../../../src/sw/parallel/segment.ts";
import { SegmentLineUp } from "../../../../src/sw/parallel/segment-line-up.ts";

function lineUpOf(...ranges: RangeRow[]): SegmentLineUp {
  return new SegmentLineUp(
    ranges.map((range) => new Segment(range)),
    { leftBytes: 100, segmentBytes: 10 },
  );
}

function rangeOf(segment: Segment | undefined): RangeRow | undefined {
  return segment && [segment.start, segment.end];
}

describe("SegmentLineUp", () => {
  it("gives each segment to one connection, then halves of the longest, until they are too short", () => {
    const lineUp = lineUpOf([0, 15], [15, 55]);
    const taken: Segment[] = [];
    for (let next = lineUp.take(); next !== undefined; next = lineUp.take()) taken.push(next);
    expect(taken.map(rangeOf)).toEqual([
      [0, 15],
      [15, 25],
      [35, 45],
      [25, 35],
      [45, 55],
    ]);
    expect(lineUp.missing).toBe(55);
  });

  it("a segment that was given up waits for the next connection", () => {
    const lineUp = lineUpOf([0, 15], [15, 30]);
    const first = lineUp.take() as Segment;
    lineUp.take();
    lineUp.release(first);
    expect(lineUp.take()).toBe(first);
  });

  it("an answer that has what follows its segment takes over what others gave up", () => {
    const lineUp = lineUpOf([0, 15], [15, 30], [30, 45], [50, 60]);
    const [first, ...others] = Array.from({ length: 4 }, () => lineUp.take() as Segment);
    if (first === undefined) throw new Error("there is none");
    first.reach = 60;
    for (const segment of others.toReversed()) lineUp.release(segment);
    expect(rangeOf(first)).toEqual([0, 45]);
    expect(rangeOf(lineUp.take())).toEqual([50, 60]);
  });

  it("an answer that ends earlier takes over nothing", () => {
    const lineUp = lineUpOf([0, 15], [15, 30]);
    const first = lineUp.take() as Segment;
    const second = lineUp.take() as Segment;
    first.reach = 15;
    lineUp.release(second);
    expect(rangeOf(first)).toEqual([0, 15]);
  });
});
