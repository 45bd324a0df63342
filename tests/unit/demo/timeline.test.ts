import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Timeline } from "../../../demo/library/timeline.ts";
import type { TimelineEntry } from "../../../demo/library/timeline-entry.ts";

function entry(at: number): TimelineEntry {
  return { at, session: "downloads", launch: { id: "1", place: "worker" }, event: { kind: "launched" } };
}

describe("Timeline", () => {
  let timeline: Timeline;
  beforeEach(async () => {
    globalThis.indexedDB = new IDBFactory();
    timeline = await Timeline.open();
  });
  afterEach(() => timeline.close());

  it("keeps the newest two hundred entries, in the order in which they were written", async () => {
    for (let at = 1; at <= 203; at += 1) await timeline.add(entry(at));
    const kept = await timeline.entries();
    expect(kept).toHaveLength(200);
    expect([kept[0]?.at, kept.at(-1)?.at]).toEqual([4, 203]);
  });

  it("does not add an entry again under the same key, even after it was cleared", async () => {
    await timeline.add(entry(1), "shown");
    await timeline.add(entry(1), "shown");
    expect(await timeline.entries()).toHaveLength(1);
    await timeline.clear();
    await timeline.add(entry(1), "shown");
    expect(await timeline.entries()).toEqual([]);
  });

  it("notifies every other open Timeline", async () => {
    const other = await Timeline.open();
    const heard = new Promise<void>((resolve) => {
      other.onChange = resolve;
    });
    await timeline.add(entry(1));
    await heard;
    expect(await other.entries()).toEqual([entry(1)]);
    other.close();
  });
});
