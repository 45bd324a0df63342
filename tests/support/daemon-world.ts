import { vi } from "vitest";
import type { Database } from "../../src/store/database.ts";
import { openStoredSession } from "../../src/store/sessions.ts";
import { takeClock } from "./clock.ts";
import { freshName } from "./fake-database.ts";
import { FakeWorld, macrotasks } from "./fake-world.ts";
import { RangeServer } from "./range-server.ts";
import { insert } from "./stored.ts";
import { type RowOptions, taskRow } from "./task-row.ts";

/** A world without a daemon yet, and the page's connection to its disk. */
export interface DaemonWorld {
  readonly world: FakeWorld;
  readonly page: Database;
}

/** Takes over the clock, and makes a world whose disk has the session `"session"`. */
export async function beginWorld(server: RangeServer = new RangeServer()): Promise<DaemonWorld> {
  takeClock();
  const world = new FakeWorld(freshName(), server);
  const page = world.page();
  await openStoredSession(page, "session", undefined);
  return { world, page };
}

/** Stops the daemon between two lines, and gives the clock back. */
export async function endWorld({ world, page }: DaemonWorld): Promise<void> {
  world.kill();
  await macrotasks(5);
  page.close();
  vi.useRealTimers();
}

/** A page makes a task, whether or not a daemon hears of it. @returns the key of the task */
export async function makeTask({ world, page }: DaemonWorld, options: RowOptions = {}): Promise<string> {
  const row = taskRow({ deadline: Date.now() + 86_400_000, ...options });
  await insert(page, row);
  const { session, key } = row;
  await world.daemon?.handle({ type: "inserted", session, keys: [key] }, "page");
  return key;
}
