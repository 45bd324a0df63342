import { expect, it, vi } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import { insertTasks } from "../../../../src/store/insert.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { readTask } from "../../../../src/store/tasks.ts";
import { freshName } from "../../../support/fake-database.ts";
import { FakeWorld, macrotasks } from "../../../support/fake-world.ts";
import { RangeServer } from "../../../support/range-server.ts";
import { taskRow } from "../../../support/task-row.ts";

it("an upload whose protocol the worker no longer has fails, and says to whom to give it", async () => {
  const world = new FakeWorld(freshName(), new RangeServer());
  world.uploadProtocols = [];
  const page = world.page();
  await openStoredSession(page, "session", DEFAULT_CONFIGURATION);
  const upload = { protocol: "s3", sizeBytes: 0, bytesAcknowledged: 0 };
  const deadline = Date.now() + 86_400_000;
  const row = taskRow({ kind: "upload", method: "POST", url: "https://app.test/photo", upload, deadline });
  await insertTasks(page, [{ row, onDuplicate: "keep" }], 0);
  world.start();
  const failure = () => readTask(page, "session", row.key).then((it) => it?.failure);
  await vi.waitFor(async () => expect(await failure()).toBeDefined(), { timeout: 20_000 });
  expect(await failure()).toEqual({
    code: "daemon-outdated",
    message:
      'The service worker no longer has the part "s3". Give it to startDaemon({ uploadProtocols }) again, ' +
      "and go on with the task's resume data.",
  });
  world.kill();
  await macrotasks(5);
  page.close();
});
