import { expect, it } from "vitest";
import { WorkerSession } from "../../../src/workbox/worker-session.ts";

it("plugins of one session share its object, and each has a queue of its own", () => {
  expect(WorkerSession.of("a")).toBe(WorkerSession.of("a"));
  expect(WorkerSession.of("a")).not.toBe(WorkerSession.of("b"));
  const names = [1, 2, 3].map(() => WorkerSession.of("a").nextQueue());
  expect([...names, WorkerSession.of("b").nextQueue()]).toEqual([
    "requests",
    "requests 2",
    "requests 3",
    "requests",
  ]);
});
