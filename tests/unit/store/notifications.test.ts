import { expect, it } from "vitest";
import { dueNotifications, settleNotification } from "../../../src/store/notifications.ts";
import { changeTask, readTask, transition } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { insert } from "../../support/stored.ts";
import { taskRow } from "../../support/task-row.ts";

const newDatabase = useDatabases();

it("the user is told of finished tasks in the order in which they finished, once", async () => {
  const database = newDatabase();
  const due = async () => (await dueNotifications(database)).map(({ key }) => key);
  for (const [key, finishedAt] of [
    ["a", 7],
    ["b", 5],
    ["c", 6],
  ] as const) {
    await insert(database, taskRow({ key, ...(key !== "c" && { notification: { title: "" } }) }));
    await changeTask(database, "session", key, "strict", (row) => transition(row, "finish", finishedAt));
  }
  expect(await due()).toEqual(["b", "a"]);
  await settleNotification(database, taskRow({ key: "b" }));
  await settleNotification(database, taskRow({ key: "gone" }));
  expect(await due()).toEqual(["a"]);
  expect(await readTask(database, "session", "b")).toMatchObject({ state: "completed", finishedAt: 5 });
});
