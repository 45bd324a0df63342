import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readTask } from "../../../../src/store/tasks.ts";
import { beginWorld, type DaemonWorld, endWorld, makeTask } from "../../../support/daemon-world.ts";
import { macrotasks } from "../../../support/fake-world.ts";
import { eventsOf, everythingIn } from "../../../support/stored.ts";

let daemonWorld: DaemonWorld;
beforeEach(async () => {
  daemonWorld = await beginWorld();
});
afterEach(() => endWorld(daemonWorld));

it("a resumable cancel keeps the bytes that the run had not yet written", async () => {
  const { world, page } = daemonWorld;
  world.server.isAutomatic = false;
  world.start();
  const key = await makeTask(daemonWorld);
  await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
  const [exchange] = world.server.exchanges;
  world.server.answer(exchange as never);
  exchange?.send(300);
  await macrotasks(20);
  // No checkpoint is due yet.
  expect(await readTask(page, "session", key)).toMatchObject({ bytesReceived: 0 });
  const action = "cancel-resumably";
  await world.daemon?.handle({ type: "control", session: "session", key, action }, "page");
  expect(await readTask(page, "session", key)).toMatchObject({
    state: "completed",
    failure: { code: "cancelled" },
    isResumable: true,
    bytesReceived: 300,
  });
  expect((await everythingIn(page)).parts).toMatchObject([{ offset: 0, sizeBytes: 300 }]);
  expect(await eventsOf(page, key)).toEqual(["didComplete"]);
});
