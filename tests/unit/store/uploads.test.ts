import { expect, it } from "vitest";
import type { UploadRow } from "../../../src/store/schema.ts";
import { changeTask, ended, readTask } from "../../../src/store/tasks.ts";
import { checkpointUpload } from "../../../src/store/uploads.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { insert } from "../../support/stored.ts";
import { taskRow } from "../../support/task-row.ts";

const newDatabase = useDatabases();
const upTo = (bytesAcknowledged: number): UploadRow => ({ sizeBytes: 9, bytesAcknowledged });

it("a checkpoint of an upload says what the server has, and the row counts the most it ever had", async () => {
  const database = newDatabase();
  const row = taskRow({ kind: "upload", upload: upTo(0) });
  await insert(database, row);
  for (const [bytes, farthest] of [
    [5, 5],
    [3, 5],
    [7, 7],
  ] as const) {
    expect(await checkpointUpload(database, row, upTo(bytes))).toBe(true);
    expect(await readTask(database, "session", row.key)).toMatchObject({ upload: upTo(bytes), farthest });
  }
});

it("a checkpoint for a task that has ended or is gone changes nothing, and nothing more is to be sent", async () => {
  const database = newDatabase();
  const row = taskRow({ kind: "upload", upload: upTo(0) });
  expect(await checkpointUpload(database, row, upTo(5))).toBe(false);
  await insert(database, row);
  await changeTask(database, "session", row.key, "strict", (it) =>
    ended(it, { code: "cancelled", message: "" }, 5),
  );
  expect(await checkpointUpload(database, row, upTo(5))).toBe(false);
  expect((await readTask(database, "session", row.key))?.upload).toEqual(upTo(0));
});
