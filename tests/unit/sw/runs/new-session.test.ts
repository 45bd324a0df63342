import { afterEach, beforeEach, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { beginWorld, type DaemonWorld, endWorld, makeTask } from "../../../support/daemon-world.ts";
import { macrotasks } from "../../../support/fake-world.ts";

let daemonWorld: DaemonWorld;
beforeEach(async () => {
  daemonWorld = await beginWorld();
});
afterEach(() => endWorld(daemonWorld));

it("no task of a session that the daemon does not know yet is sent under the default configuration", async () => {
  const { world, page } = daemonWorld;
  world.isExpensive = true;
  world.start();
  await macrotasks(30);
  // The daemon hears of its first task before it hears of the session.
  const own = { ...DEFAULT_CONFIGURATION, allowsExpensiveNetworkAccess: false };
  await openStoredSession(page, "new", own);
  await makeTask(daemonWorld, { session: "new" });
  await macrotasks(50);
  expect(world.server.exchanges).toEqual([]);
  await makeTask(daemonWorld, { session: "session" });
  await macrotasks(50);
  expect(world.server.exchanges).toHaveLength(1);
  // Later tasks are as the session wants them too.
  await makeTask(daemonWorld, { session: "new" });
  await macrotasks(50);
  expect(world.server.exchanges).toHaveLength(1);
});
