import { describe, expect, it } from "vitest";
import { limitsFor } from "../../../src/inspector/limits.ts";
import { DEFAULT_CONFIGURATION } from "../../../src/protocol/configuration.ts";
import {
  CONNECTIONS,
  LONG_TRANSFERS,
  LONG_TRANSFERS_WHILE_VISIBLE,
} from "../../../src/store/connection-limits.ts";
import { Places } from "../../../src/sw/decisions/places.ts";
import { type RowOptions, taskRow } from "../../support/task-row.ts";

const configuration = {
  ...DEFAULT_CONFIGURATION,
  httpMaximumConnectionsPerHost: 6,
  maximumConnections: 8,
  groups: { album: { maximumConnections: 2 } },
};

function rows(count: number, options: RowOptions = {}) {
  return Array.from({ length: count }, () => taskRow(options));
}

/** The names of the limits that are reached, and whether the daemon gives the task a place. */
function reached(
  row: ReturnType<typeof taskRow>,
  others: ReturnType<typeof rows>,
  isVisible = true,
  width?: number,
) {
  const multiplexedHosts = new Map(width === undefined ? [] : [["app.test", width]]);
  const hosts = new Set(multiplexedHosts.keys());
  const full = limitsFor(row, others, configuration, isVisible, hosts).filter(
    ({ used, limit }) => used >= limit,
  );
  const conditions = { isVisible, multiplexedHosts, silentHosts: new Map() };
  const places = new Places({ configurationOf: () => configuration, conditions });
  for (const other of others) places.hold(other, 1);
  return [full.map(({ name }) => name), places.give([row]).line.length === 0];
}

describe("the limits of connections", () => {
  const host = "of the session to app.test (httpMaximumConnectionsPerHost)";

  it("are reached exactly when the daemon has no place", () => {
    const other = { kind: "data", session: "other", url: "https://else.test/" } as const;
    expect(reached(taskRow({ kind: "data" }), rows(5, { kind: "data" }))).toEqual([[], true]);
    expect(reached(taskRow({ kind: "data" }), rows(6, { kind: "data" }))).toEqual([[host], false]);
    expect(reached(taskRow(), rows(8, { ...other, session: "session" }))).toEqual([
      ["of the session (maximumConnections)"],
      false,
    ]);
    expect(
      reached(taskRow({ group: "album" }), rows(2, { ...other, session: "session", group: "album" })),
    ).toEqual([['of the group "album" (maximumConnections)'], false]);
    const visible = "for uploads and downloads to app.test while a page is visible";
    expect(reached(taskRow(), rows(LONG_TRANSFERS_WHILE_VISIBLE))).toEqual([[visible], false]);
    expect(reached(taskRow(), rows(LONG_TRANSFERS_WHILE_VISIBLE), false)).toEqual([[], true]);
    // A host over HTTP/2 has no limit for the sake of a visible page, and one of its own for short requests.
    expect(reached(taskRow(), rows(LONG_TRANSFERS_WHILE_VISIBLE), true, 6)).toEqual([[], true]);
    expect(reached(taskRow(), rows(6), true, 6)).toEqual([[host], false]);
    expect(reached(taskRow({ kind: "data" }), rows(5, { kind: "data" }), true, 6)).toEqual([[], true]);
    // A session without any connection gets one of those that all sessions share, as long as few have one.
    const mine = taskRow({ kind: "data", url: "https://else.test/" });
    const many = [...rows(CONNECTIONS - 1, other), mine];
    expect(reached(taskRow({ kind: "data" }), many)).toEqual([["of all sessions"], false]);
    const long = [
      ...rows(LONG_TRANSFERS - 1, { ...other, kind: "upload" }),
      taskRow({ url: "https://else.test/" }),
    ];
    expect(reached(taskRow(), long)).toEqual([["for uploads and downloads"], false]);
  });
});
