import { describe, expect, it } from "vitest";
import { launchesIn } from "../../../demo/library/launches-in.ts";
import type { Launch, LaunchEvent, TimelineEntry } from "../../../demo/library/timeline-entry.ts";

const PAGE: Launch = { id: "page", place: "page" };
const WORKER: Launch = { id: "worker", place: "worker" };
const TASK = { id: "42", name: "Episode 42" };

const SHOWN: TimelineEntry = {
  at: 9,
  session: "podcasts",
  event: { kind: "notification-shown", title: "Episode 42 is ready", taskId: "42" },
};

function line(launch: Launch, event: LaunchEvent): TimelineEntry {
  return { at: 1, session: "podcasts", launch, event };
}

function told(entries: readonly TimelineEntry[]): unknown {
  return launchesIn(entries).map(({ place, entries }) => [place, ...entries.map(({ event }) => event.kind)]);
}

describe("launchesIn", () => {
  it("puts the newest launch first, and within it the oldest entry", () => {
    const entries = [
      line(PAGE, { kind: "session-opened", role: "owner" }),
      line(WORKER, { kind: "launched" }),
      line(PAGE, { kind: "became-owner" }),
      line(WORKER, { kind: "events-finished" }),
    ];
    expect(told(entries)).toEqual([
      ["worker", "launched", "events-finished"],
      ["page", "session-opened", "became-owner"],
    ]);
  });

  it("lists a notification in the launch that delivered its task", () => {
    const entries = [
      line(WORKER, { kind: "end-delivered", task: TASK, delivery: 1, failure: undefined }),
      line(PAGE, { kind: "session-opened", role: "owner" }),
      SHOWN,
    ];
    expect(told(entries)).toEqual([
      ["page", "session-opened"],
      ["worker", "end-delivered", "notification-shown"],
    ]);
  });

  it("lists a notification on its own if nothing is left of its launch", () => {
    expect(told([line(PAGE, { kind: "session-opened", role: "owner" }), SHOWN])).toEqual([
      ["notification", "notification-shown"],
      ["page", "session-opened"],
    ]);
  });
});
