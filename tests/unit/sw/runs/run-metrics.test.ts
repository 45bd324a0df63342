import { expect, it } from "vitest";
import { changed } from "../../../../src/store/tasks.ts";
import { ActiveRun } from "../../../../src/sw/runs/active-run.ts";
import { withMetrics } from "../../../../src/sw/runs/run-metrics.ts";
import { taskRow } from "../../../support/task-row.ts";

const HOST = { connectionTo: () => undefined } as never;
const FILE = { fileId: "f", isTotalSure: true, isSameOrigin: true, total: 1_000 } as const;

it("the metrics of an attempt count what came of every range", () => {
  const before = taskRow({ collectsMetrics: true });
  const after = changed(before, { bytesReceived: 10, file: { ...FILE, ranges: [[500, 900]] } });
  const [first] = withMetrics(after, new ActiveRun(before, 4, 0), 1, HOST).metrics ?? [];
  expect(first?.bytesReceived).toBe(410);
  const whole = changed(after, { bytesReceived: 1_000, file: FILE });
  const [second] = withMetrics(whole, new ActiveRun(after, 4, 0), 1, HOST).metrics ?? [];
  expect(second?.bytesReceived).toBe(590);
});
