import { afterEach, beforeEach, expect, it } from "vitest";
import { BackgroundSession } from "../../../../src/app/index.ts";
import { namesOf } from "../../../../src/protocol/names.ts";
import { createTestWorld, type TestWorld } from "../../../../src/testing/index.ts";

let world: TestWorld;
beforeEach(() => {
  world = createTestWorld();
});
afterEach(() => world.close());

it("a session that another tab takes while it is being opened says so", async () => {
  const error = await world.load(async () => {
    const found = (await navigator.serviceWorker.getRegistration()) as ServiceWorkerRegistration;
    const active = found.active as ServiceWorker;
    const post = active.postMessage.bind(active) as (...message: unknown[]) => void;
    const steal = () =>
      navigator.locks.request(namesOf(found.scope).ownerLock("s"), { steal: true }, () => {
        // The daemon answers after that.
        setTimeout(() => {
          for (const hello of hellos) post(...hello);
        }, 100);
        return new Promise(() => {});
      });
    const hellos: unknown[][] = [];
    const postMessage = (...message: unknown[]): void => {
      const [{ command }] = message as [{ command: { type: string } }];
      if (command.type !== "hello") post(...message);
      else if (hellos.push(message) === 1) void steal();
    };
    Object.assign(active, { postMessage });
    return BackgroundSession.open("s", { serviceWorker: found }).catch((error: unknown) => error);
  });
  expect(error).toMatchObject({ code: "session-taken-over" });
});

it("what was made right before close() is on disk when it fulfils", async () => {
  const session = await world.open("s");
  let isStored = false;
  // Its body has still to be read.
  const body = new Blob(["a".repeat(100_000)]);
  const task = session.uploadTask("https://app.test/photos", body, { id: "photo" });
  const stored = task.resume().then(() => {
    isStored = true;
  });
  const closed = session.close().then(() => isStored);
  expect(await world.until(closed)).toBe(true);
  await stored;
  const next = await world.open("s");
  expect(next.tasks().map(({ id, state }) => [id, state])).toEqual([["photo", "running"]]);
});
