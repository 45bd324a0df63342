import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import { plan } from "../../../../src/sw/decisions/scheduler.ts";
import { taskRow } from "../../../support/task-row.ts";
import { quietAt, WORKER_ONLY } from "../../../support/transport-conditions.ts";

const NOW = 1_000_000;

describe("a discretionary task", () => {
  it("does not wait for a task that only waits for a page", () => {
    const later = taskRow({ session: "later", createdAt: NOW, deadline: NOW + 7 * 86_400_000 });
    const insisting = taskRow({ session: "insisting", deadline: NOW + 7 * 86_400_000 });
    const configurations = new Map([
      ["later", { ...DEFAULT_CONFIGURATION, isDiscretionary: true }],
      ["insisting", { ...DEFAULT_CONFIGURATION, transport: "background-fetch" as const }],
    ]);
    const result = plan({
      rows: [later, insisting],
      runs: [],
      brokenOff: [],
      isHeld: () => false,
      lastStartOf: () => undefined,
      isRunning: () => false,
      connectionsOf: () => 0,
      configurationOf: ({ session }) => configurations.get(session) ?? DEFAULT_CONFIGURATION,
      conditions: { ...quietAt(NOW), transport: { ...WORKER_ONLY, isSupported: true, pages: "none" } },
    });
    expect(result.waiting.get(insisting)).toBe("waiting-for-page");
    expect(result.start).toEqual([later]);
  });
});
