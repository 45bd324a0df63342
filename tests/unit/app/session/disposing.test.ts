import { afterEach, expect, it } from "vitest";
import { BackgroundSession } from "../../../../src/app/index.ts";
import { createTestWorld, type TestWorld } from "../../../../src/testing/index.ts";

let world: TestWorld;
afterEach(() => world.close());

it("a session that is disposed of is closed, its task goes on, and the identifier is free", async () => {
  world = createTestWorld();
  const ends: unknown[] = [];
  const didBecomeInvalid = (_: BackgroundSession, error: unknown) => void ends.push(error);
  const session = await world.open("s", { delegate: { didBecomeInvalid } });
  await session.downloadTask("https://app.test/file", { id: "file" }).resume();
  const dispose = (session as unknown as AsyncDisposable)[Symbol.asyncDispose];
  await world.until(Promise.resolve(dispose.call(session)));
  expect(ends).toEqual([undefined]);
  expect(() => session.dataTask("https://app.test/")).toThrow("closed");
  expect(BackgroundSession.current("s")).toBeUndefined();
  const next = await world.open("s");
  expect(next.tasks().map(({ id, state }) => [id, state])).toEqual([["file", "running"]]);
});
