import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Database } from "../../../../src/store/database.ts";
import { dueNotifications } from "../../../../src/store/notifications.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { changed, changeTask } from "../../../../src/store/tasks.ts";
import { Notifications } from "../../../../src/sw/launches/notifications.ts";
import type { DaemonHost } from "../../../../src/sw/ports/daemon-host.ts";
import type { TaskNotification } from "../../../../src/sw/ports/task-notification.ts";
import { takeClock } from "../../../support/clock.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { macrotasks } from "../../../support/fake-world.ts";
import { insert } from "../../../support/stored.ts";
import { taskRow } from "../../../support/task-row.ts";

describe("the notifications that are due", () => {
  const newDatabase = useDatabases();
  let database: Database;
  let shown: TaskNotification[];
  let logged: string[];
  /** What a test changes. */
  let world: {
    mayShow: boolean;
    isVisible: boolean;
    isLookedAt: boolean;
    rejects: (title: string) => boolean;
  };
  let rounds: number;
  afterEach(() => void vi.useRealTimers());
  beforeEach(async () => {
    takeClock();
    database = newDatabase();
    [shown, logged, rounds] = [[], [], 0];
    world = { mayShow: true, isVisible: false, isLookedAt: false, rejects: () => false };
    await openStoredSession(database, "session", undefined);
  });

  function notifications(): Notifications {
    return new Notifications({
      host: {
        database,
        isLookedAt: async () => world.isLookedAt,
        notify: async (notification: TaskNotification) => {
          if (world.rejects(notification.title)) throw new TypeError("no permission");
          shown.push(notification);
        },
        log: ({ level, message, taskId }) => void logged.push(`${level} ${taskId ?? ""}: ${message}`),
      } as Partial<DaemonHost> as DaemonHost,
      presence: {
        get isVisible() {
          return world.isVisible;
        },
      } as never,
      mayShow: () => world.mayShow,
      onShown: () => {
        rounds += 1;
      },
    });
  }

  async function finish(id: string, change = {}): Promise<void> {
    const notification = {
      title: "{description} is ready",
      body: "Look at {description}",
      icon: "/i.png",
      url: "/u",
    };
    const row = taskRow({ id, key: id, kind: "data", notification, ...change });
    await insert(database, row);
    await changeTask(database, "session", id, "strict", (it) =>
      changed(it, { state: "completed", live: undefined, notificationDue: 1 }),
    );
  }

  async function due(): Promise<string[]> {
    return (await dueNotifications(database)).map(({ id }) => id);
  }

  async function shownSoon(ours: Notifications): Promise<void> {
    ours.request();
    await vi.advanceTimersByTimeAsync(0);
    await macrotasks(60);
  }

  it("are shown once, with what the app gave", async () => {
    await finish("a");
    const ours = notifications();
    ours.request();
    await shownSoon(ours);
    expect(shown).toEqual([
      {
        title: "a is ready",
        options: {
          body: "Look at a",
          icon: "/i.png",
          tag: "background-session:a",
          data: { backgroundSession: { session: "session", id: "a", url: "/u" } },
        },
      },
    ]);
    expect(await due()).toEqual([]);
    expect(logged).toEqual(["info a: The user was told."]);
    expect(rounds).toBe(1);
    await shownSoon(ours);
    expect(shown).toHaveLength(1);
  });

  it("have only what the app gave", async () => {
    await finish("a", { notification: { title: "ready" } });
    await shownSoon(notifications());
    expect(Object.keys(shown[0]?.options ?? {})).toEqual(["tag", "data"]);
  });

  it("are not shown unless that was requested", async () => {
    await finish("a");
    notifications().show();
    await macrotasks(60);
    expect([shown, await due(), rounds]).toEqual([[], ["a"], 0]);
  });

  it("wait until they may be shown, and the request is not forgotten", async () => {
    await finish("a");
    world.mayShow = false;
    const ours = notifications();
    await shownSoon(ours);
    expect([shown, await due()]).toEqual([[], ["a"]]);
    world.mayShow = true;
    ours.show();
    await macrotasks(60);
    expect(shown).toHaveLength(1);
  });

  it.each(["isVisible", "isLookedAt"] as const)(
    "are settled without being shown if the app %s",
    async (sight) => {
      await finish("a");
      world[sight] = true;
      await shownSoon(notifications());
      expect([shown, await due(), rounds]).toEqual([[], [], 1]);
    },
  );

  it("of which one is refused: the others are shown, and none is tried again", async () => {
    for (const id of ["a", "b"]) await finish(id);
    world.rejects = (title) => title.startsWith("a");
    await shownSoon(notifications());
    expect([shown.map(({ title }) => title), await due()]).toEqual([["b is ready"], []]);
    expect(logged).toEqual([
      "warning : A notification was not shown: TypeError: no permission",
      "info b: The user was told.",
    ]);
  });

  it("stay due if the disk cannot be read, and the next request shows them", async () => {
    await finish("a");
    const ours = notifications();
    const { read } = database;
    database.read = () => Promise.reject(new Error("the disk fails"));
    await shownSoon(ours);
    expect(logged).toEqual(["warning : A notification was not shown: Error: the disk fails"]);
    database.read = read;
    await shownSoon(ours);
    expect(shown).toHaveLength(1);
  });
});
