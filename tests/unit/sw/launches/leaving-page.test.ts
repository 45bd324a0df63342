import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { changeTask, transition } from "../../../../src/store/tasks.ts";
import { takeClock } from "../../../support/clock.ts";
import { macrotasks } from "../../../support/fake-world.ts";
import { LaunchWorld } from "../../../support/launch-world.ts";
import { insert } from "../../../support/stored.ts";
import { taskRow } from "../../../support/task-row.ts";

let world: LaunchWorld;
beforeEach(async () => {
  takeClock();
  world = new LaunchWorld();
  await openStoredSession(world.disk, "session", undefined);
});
afterEach(() => {
  world.close();
  vi.useRealTimers();
});

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    await macrotasks(10);
    await vi.advanceTimersByTimeAsync(100);
  }
}

it("when the page leaves that had not handled its events, the app is launched for them without another wake", async () => {
  await insert(world.disk, taskRow({ id: "a", key: "a", kind: "data" }));
  await changeTask(world.disk, "session", "a", "strict", (row) => transition(row, "finish", 1));
  // The page's delegate does not answer.
  world.isHeld = (nth) => nth === 1;
  void world.openPage("observe");
  await pass(10_000);
  expect([world.launches, world.heard.map(({ type }) => type)]).toEqual([0, ["didComplete"]]);
  const [page] = [...world.pages.keys()];
  if (page !== undefined) world.closePage(page);
  await pass(10_000);
  expect(world.launches).toBe(1);
  expect(world.heard.filter(({ type }) => type === "didComplete").map(({ realm }) => realm.kind)).toEqual([
    "page",
    "worker",
  ]);
  expect(world.violations).toEqual([]);
});
