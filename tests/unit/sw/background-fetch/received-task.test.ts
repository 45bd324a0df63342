import { expect, it } from "vitest";
import { carriedBy } from "../../../../src/sw/background-fetch/handover.ts";
import { taskRow } from "../../../support/task-row.ts";

it("a registration does not take up a task whose bytes are all on disk", () => {
  const file = { fileId: "f", isTotalSure: true, isSameOrigin: true, total: 100 };
  const row = taskRow({ isReceived: true, bytesReceived: 100, file, destination: { opfs: "file" } });
  const carried = {
    session: "session",
    key: row.key,
    start: 0,
    fileId: "f",
    reason: "page-leaving",
  } as const;
  const fetch = { id: "id", start: 0, reason: "page-leaving", startedAt: 0 } as const;
  expect(carriedBy(row, carried as never, fetch, undefined)).toBe(row);
});
