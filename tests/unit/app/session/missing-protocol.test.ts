import { afterEach, expect, it } from "vitest";
import { createTestWorld, type TestWorld } from "../../../../src/testing/index.ts";

let world: TestWorld;
afterEach(() => world.close());

it.each([
  ["tus", 'import { tus } from "background-session/tus"; startDaemon({ uploadProtocols: [tus] })'],
  ["s3", 'import { s3 } from "background-session/s3"; startDaemon({ uploadProtocols: [s3({ sign })] })'],
  ["my blocks", 'list your protocol "my blocks" in uploadProtocols'],
])(
  "an upload by a protocol that the worker has not been given, %s, says what to write",
  async (protocol, text) => {
    world = createTestWorld();
    const session = await world.open("s");
    const make = () => session.uploadTask("https://app.test/files", new Blob(["photo"]), { protocol });
    expect(make).toThrow(
      new TypeError(`The service worker has not been given "${protocol}". In its script: ${text}.`),
    );
  },
);
