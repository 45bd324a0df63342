import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Database } from "../../../../src/store/database.ts";
import { insertTasks } from "../../../../src/store/insert.ts";
import type { TaskRow } from "../../../../src/store/schema.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { readTask } from "../../../../src/store/tasks.ts";
import { tus } from "../../../../src/sw/uploads/tus/index.ts";
import { freshName } from "../../../support/fake-database.ts";
import { FakeWorld, macrotasks } from "../../../support/fake-world.ts";
import { FullTusServer } from "../../../support/full-tus-server.ts";
import { RangeServer } from "../../../support/range-server.ts";
import { taskRow } from "../../../support/task-row.ts";
import { uploadBytes } from "../../../support/upload-bytes.ts";
import { UploadLine } from "../../../support/upload-line.ts";

const SIZE = 600_000;

describe("a cancelled upload is removed from its server", () => {
  let world: FakeWorld;
  let page: Database;
  let line: UploadLine;
  let server: FullTusServer;
  let row: TaskRow;

  beforeEach(async () => {
    server = new FullTusServer();
    line = new UploadLine(server.handle);
    world = new FakeWorld(freshName(), Object.assign(new RangeServer(), { fetch: line.fetch }));
    world.uploadProtocols = [tus];
    page = world.page();
    await openStoredSession(page, "session", undefined);
    row = taskRow({
      kind: "upload",
      method: "POST",
      url: "https://app.test/tus",
      hasBody: true,
      upload: { protocol: "tus", sizeBytes: SIZE, bytesAcknowledged: 0 },
      deadline: Date.now() + 86_400_000,
    });
    const body = new Blob([uploadBytes(SIZE)]);
    await insertTasks(page, [{ row, onDuplicate: "keep", body }], 0);
  });

  afterEach(async () => {
    world.kill();
    await macrotasks(5);
    page.close();
  });

  const removals = () => line.requests.filter(({ method }) => method === "DELETE");
  const untilRemoved = () =>
    vi.waitFor(() => expect([removals().length, server.uploads.size]).toEqual([1, 0]));

  /** The server has the upload, and its next chunk never arrives. */
  async function underWay(): Promise<void> {
    line.faultAt = ({ method }) => (method === "PATCH" ? { kind: "silence" } : undefined);
    world.start();
    await vi.waitFor(() => expect(line.talk.some((word) => word.startsWith("PATCH"))).toBe(true));
  }

  const control = (action: "cancel" | "suspend") =>
    world.daemon?.handle({ type: "control", session: "session", key: row.key, action }, "page");

  it("once, however often it is cancelled", async () => {
    await underWay();
    await control("cancel");
    await control("cancel");
    await untilRemoved();
    await control("cancel");
    await macrotasks(30);
    expect(removals()).toHaveLength(1);
  });

  it("once, if it was suspended before", async () => {
    await underWay();
    await control("suspend");
    await control("cancel");
    await untilRemoved();
  });

  it.each(["cancel", "wait"] as const)(
    "after the app's hook cancelled it and then answers %s",
    async (last) => {
      world.willSend = ({ method }) => {
        if (method === "DELETE") return last;
        return method === "PATCH" ? "cancel" : undefined;
      };
      world.start();
      await vi.waitFor(async () =>
        expect((await readTask(page, "session", row.key))?.failure?.code).toBe("cancelled"),
      );
      // It is sent without the cookies of the current user.
      if (last === "cancel") await untilRemoved();
      await macrotasks(50);
      expect(removals().map(({ credentials }) => credentials)).toEqual(last === "cancel" ? ["omit"] : []);
    },
  );
});
