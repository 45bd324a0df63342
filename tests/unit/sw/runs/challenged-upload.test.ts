import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import type { Database } from "../../../../src/store/database.ts";
import { insertTasks } from "../../../../src/store/insert.ts";
import { readEvents } from "../../../../src/store/outbox.ts";
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

const SIZE = 4_000_000;

describe("an upload in chunks whose token expires now and then", () => {
  let world: FakeWorld;
  let page: Database;
  let line: UploadLine;
  let row: TaskRow;

  beforeEach(async () => {
    line = new UploadLine(new FullTusServer().handle);
    world = new FakeWorld(freshName(), Object.assign(new RangeServer(), { fetch: line.fetch }));
    world.uploadProtocols = [tus];
    page = world.page();
    await openStoredSession(page, "session", { ...DEFAULT_CONFIGURATION, challengeStatuses: [401] });
    row = taskRow({
      kind: "upload",
      method: "POST",
      url: "https://app.test/tus",
      hasBody: true,
      upload: { protocol: "tus", sizeBytes: SIZE, bytesAcknowledged: 0 },
      deadline: Date.now() + 86_400_000,
    });
    await insertTasks(page, [{ row, onDuplicate: "keep", body: new Blob([uploadBytes(SIZE)]) }], 0);
  });

  afterEach(async () => {
    world.kill();
    await macrotasks(5);
    page.close();
  });

  const stored = async () => (await readTask(page, "session", row.key)) as TaskRow;

  const asked = () =>
    vi.waitFor(async () => expect((await stored()).hold?.asks).toBe("didReceiveChallenge"), {
      timeout: 20_000,
    });

  it("has failed no renewal if the server has acknowledged bytes since the last one", async () => {
    // The token is good for one chunk.
    let chunks = 0;
    line.faultAt = ({ method }) => {
      if (method !== "PATCH") return undefined;
      chunks += 1;
      return chunks % 2 === 0 ? { kind: "answer", response: new Response(null, { status: 401 }) } : undefined;
    };
    world.start();
    await asked();
    const before = (await stored()).upload?.bytesAcknowledged ?? 0;
    const [event] = await readEvents(page, "session", 0);
    const eventId = event?.eventId ?? "";
    const answer = { disposition: "continue" } as const;
    await world.daemon?.handle({ type: "answer", session: "session", key: row.key, eventId, answer }, "page");
    await asked();
    const { upload, challenges } = await stored();
    expect(upload?.bytesAcknowledged).toBeGreaterThan(before);
    // What the delegate gets as `previousFailureCount` is one less.
    expect(challenges).toBe(1);
  });
});
