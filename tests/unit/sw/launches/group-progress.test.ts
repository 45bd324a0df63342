import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { GroupNotification } from "../../../../src/protocol/configuration.ts";
import { storedConfiguration } from "../../../../src/protocol/configuration-rules.ts";
import type { TaskRow } from "../../../../src/store/schema.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { GroupProgress } from "../../../../src/sw/launches/group-progress.ts";
import type { TaskNotification } from "../../../../src/sw/ports/task-notification.ts";
import { Configurations } from "../../../../src/sw/runs/configurations.ts";
import { takeClock } from "../../../support/clock.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { taskRow } from "../../../support/task-row.ts";

const NOTIFICATION: GroupNotification = { title: "{done} of {total}", doneTitle: "{group}: all {total}" };
const TAG = 'background-session:group:["session","season"]';
const inSeason = () => taskRow({ group: "season" });

describe("the progress of groups", () => {
  const newDatabase = useDatabases();
  let rows: TaskRow[];
  /** What the browser shows. */
  let shown: { tag: string; data: unknown }[];
  /** What it was asked to show or hide. */
  let asked: string[];
  let notified: TaskNotification[];
  let logged: string[];
  let world: { isVisible: boolean; isLookedAt: boolean; refuses: boolean };
  let walks: number;
  beforeEach(() => {
    takeClock();
    rows = [inSeason()];
    [shown, asked, notified, logged, walks] = [[], [], [], [], 0];
    world = { isVisible: false, isLookedAt: false, refuses: false };
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function progressOf(
    group: { maximumConnections?: number; notification?: GroupNotification } = { notification: NOTIFICATION },
  ): Promise<GroupProgress> {
    const database = newDatabase();
    await openStoredSession(database, "session", storedConfiguration({ groups: { season: group } }));
    const configurations = new Configurations(database);
    await configurations.refresh();
    return new GroupProgress({
      host: {
        notify: async (notification) => {
          if (world.refuses) throw new TypeError("no permission");
          const { title, options } = notification;
          asked.push(title);
          notified.push(notification);
          shown = [
            ...shown.filter(({ tag }) => tag !== options.tag),
            { tag: options.tag ?? "", data: options.data },
          ];
        },
        shown: async () => shown,
        hide: async (tag) => {
          asked.push(`hide ${tag}`);
          shown = shown.filter((one) => one.tag !== tag);
        },
        isLookedAt: async () => world.isLookedAt,
        log: ({ message }) => void logged.push(message),
      },
      presence: {
        get isVisible() {
          return world.isVisible;
        },
      },
      rows: () => {
        walks += 1;
        return rows;
      },
      configurationOf: configurations.of,
      hasNotification: () => configurations.haveGroupNotification,
    });
  }

  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  /** A task of the group has ended. */
  function end(progress: GroupProgress): void {
    const [row = inSeason(), ...rest] = rows;
    rows = rest;
    progress.ended(row);
    progress.look();
  }

  it("is shown at most once a second, and when all is done", async () => {
    rows = [
      inSeason(),
      inSeason(),
      inSeason(),
      taskRow(),
      taskRow({ group: "other" }),
      taskRow({ session: "b", group: "season" }),
    ];
    const progress = await progressOf();
    progress.look();
    await pass(1_000);
    // Nothing has ended yet.
    expect(asked).toEqual([]);
    end(progress);
    await pass(999);
    expect(asked).toEqual([]);
    await pass(1);
    expect(asked).toEqual(["1 of 3"]);
    end(progress);
    end(progress);
    await pass(5_000);
    expect(asked).toEqual(["1 of 3", "season: all 3"]);
    // The next tasks of the group count from 0.
    rows = [inSeason(), inSeason()];
    shown = [];
    end(progress);
    await pass(1_000);
    expect(asked.slice(2)).toEqual(["1 of 2"]);
  });

  it("is replaced under one tag, silently, with a button that cancels as long as tasks are left", async () => {
    const texts = { body: "{done} are here", icon: "/i.png", url: "/season", cancelTitle: "Stop {group}" };
    rows = [inSeason(), inSeason()];
    const progress = await progressOf({ notification: { ...NOTIFICATION, ...texts } });
    end(progress);
    await pass(1_000);
    end(progress);
    await pass(1_000);
    const told = (done: number, left: number) => ({
      backgroundSession: { session: "session", group: "season", url: "/season", progress: { done, left } },
    });
    const common = { icon: "/i.png", tag: TAG, silent: true };
    const actions = [{ action: "cancel-group", title: "Stop season" }];
    expect(notified).toEqual([
      { title: "1 of 2", options: { ...common, body: "1 are here", actions, data: told(1, 1) } },
      { title: "season: all 2", options: { ...common, body: "2 are here", data: told(2, 0) } },
    ]);
  });

  it("has only what the app gave", async () => {
    rows = [inSeason(), inSeason()];
    const progress = await progressOf();
    end(progress);
    await pass(1_000);
    expect(Object.keys(notified[0]?.options ?? {})).toEqual(["tag", "silent", "data"]);
  });

  it("is hidden when all is done, if there is no title for that", async () => {
    rows = [inSeason(), inSeason()];
    const progress = await progressOf({ notification: { title: "{done} of {total}" } });
    end(progress);
    await pass(1_000);
    end(progress);
    await pass(1_000);
    expect(asked).toEqual(["1 of 2", `hide ${TAG}`]);
  });

  it("is counted on by the next worker, with what ended in between", async () => {
    rows = [inSeason(), inSeason(), inSeason(), inSeason()];
    const first = await progressOf();
    end(first);
    await pass(1_000);
    first.stop();
    rows = rows.slice(1);
    await (await progressOf()).start();
    await pass(1_000);
    expect(asked).toEqual(["1 of 4", "2 of 4"]);
  });

  it("is not shown again by the next worker if nothing has changed", async () => {
    rows = [inSeason(), inSeason()];
    const first = await progressOf();
    end(first);
    await pass(1_000);
    first.stop();
    const second = await progressOf();
    await second.start();
    await pass(1_000);
    expect(asked).toEqual(["1 of 2"]);
    end(second);
    await pass(1_000);
    expect(asked).toEqual(["1 of 2", "season: all 2"]);
  });

  it("a group whose last task ended while no worker ran is shown as done", async () => {
    rows = [inSeason(), inSeason()];
    const first = await progressOf();
    end(first);
    await pass(1_000);
    rows = [];
    await (await progressOf()).start();
    await pass(1_000);
    expect(asked).toEqual(["1 of 2", "season: all 2"]);
  });

  it("the notifications of others are left alone", async () => {
    rows = [];
    shown = [
      { tag: "news", data: null },
      { tag: "task", data: { backgroundSession: { session: "session", id: "a" } } },
      { tag: "odd", data: { backgroundSession: { session: 1, group: "season" } } },
    ];
    await (await progressOf()).start();
    await pass(10_000);
    expect(asked).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(["isVisible", "isLookedAt"] as const)(
    "is hidden while the app %s, and shown 5 s later at the earliest once it is not, without another event",
    async (sight) => {
      rows = [inSeason(), inSeason()];
      const progress = await progressOf();
      world[sight] = true;
      end(progress);
      await pass(1_000);
      expect(asked).toEqual([`hide ${TAG}`]);
      world[sight] = false;
      await pass(4_999);
      expect(asked).toHaveLength(1);
      await pass(1);
      expect(asked.slice(1)).toEqual(["1 of 2"]);
    },
  );

  it("is not asked about any more once the app has seen that all is done", async () => {
    const progress = await progressOf();
    world.isVisible = true;
    end(progress);
    await pass(1_000);
    expect(asked).toEqual([`hide ${TAG}`]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that cannot be shown is logged, and the next change is shown", async () => {
    rows = [inSeason(), inSeason(), inSeason()];
    const progress = await progressOf();
    world.refuses = true;
    end(progress);
    await pass(1_000);
    expect(logged).toEqual(["The progress of a group was not shown: TypeError: no permission"]);
    world.refuses = false;
    end(progress);
    await pass(1_000);
    expect(asked).toEqual(["2 of 3"]);
  });

  it("is not shown after stop", async () => {
    rows = [inSeason(), inSeason()];
    const progress = await progressOf();
    end(progress);
    progress.stop();
    await pass(10_000);
    expect(asked).toEqual([]);
    progress.look();
    await pass(1_000);
    expect(asked).toEqual(["1 of 2"]);
  });

  it("go through no task if no group has a notification", async () => {
    const progress = await progressOf({ maximumConnections: 1 });
    end(progress);
    await pass(10_000);
    expect([walks, asked]).toEqual([0, []]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("a task without a group is not counted", async () => {
    rows = [];
    const progress = await progressOf();
    progress.ended(taskRow());
    progress.ended(taskRow({ group: "other" }));
    progress.look();
    expect(vi.getTimerCount()).toBe(0);
  });
});
