import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { storedConfiguration } from "../../../../src/protocol/configuration-rules.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { GroupProgress } from "../../../../src/sw/launches/group-progress.ts";
import { Configurations } from "../../../../src/sw/runs/configurations.ts";
import { takeClock } from "../../../support/clock.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { taskRow } from "../../../support/task-row.ts";

describe("the progress of groups", () => {
  const newDatabase = useDatabases();
  beforeEach(() => takeClock());
  afterEach(() => {
    vi.useRealTimers();
  });

  const ROWS = [taskRow({ group: "season" })];
  const LIMITED = { season: { maximumConnections: 1 } };
  const NOTIFIED = { season: { notification: { title: "{done} of {total}", doneTitle: "ready" } } };

  async function configurationsWith(groups: typeof LIMITED | typeof NOTIFIED): Promise<Configurations> {
    const database = newDatabase();
    await openStoredSession(database, "session", storedConfiguration({ groups }));
    const configurations = new Configurations(database);
    await configurations.refresh();
    return configurations;
  }

  /** @returns how often the tasks were gone through, and what the user was shown */
  async function lookWith(configurations: Configurations): Promise<{ walks: number; titles: string[] }> {
    const titles: string[] = [];
    let walks = 0;
    const progress = new GroupProgress({
      host: {
        notify: async ({ title }) => void titles.push(title),
        shown: async () => [],
        hide: async () => {},
        isLookedAt: async () => false,
        log: () => {},
      },
      presence: { isVisible: false },
      rows: () => {
        walks += 1;
        return ROWS;
      },
      configurationOf: configurations.of,
      hasNotification: () => configurations.haveGroupNotification,
    });
    progress.look();
    progress.ended(taskRow({ group: "season" }));
    await vi.advanceTimersByTimeAsync(1_000);
    progress.stop();
    return { walks, titles };
  }

  it("are shown if a group has a notification", async () => {
    const { walks, titles } = await lookWith(await configurationsWith(NOTIFIED));
    expect(walks).toBeGreaterThan(0);
    expect(titles).toEqual(["1 of 2"]);
  });

  it("go through no task if no group has a notification", async () => {
    expect(await lookWith(await configurationsWith(LIMITED))).toEqual({ walks: 0, titles: [] });
  });
});
