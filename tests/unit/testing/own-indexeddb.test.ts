import "fake-indexeddb/auto";
import { openDB } from "idb";
import { expect, it } from "vitest";
import { createTestWorld } from "../../../src/testing/index.ts";

it("an app that has installed fake-indexeddb itself keeps its databases, and has an empty disk in each world", async () => {
  const own = indexedDB;
  const library = await openDB("library", 1, {
    upgrade: (database) => void database.createObjectStore("files"),
  });
  for (const text of ["first", "second"]) {
    const world = createTestWorld();
    expect(await indexedDB.databases()).toEqual([]);
    const session = await world.open("s", {
      delegate: {
        didFinishDownloading: async (task, file) =>
          void (await library.put("files", await file.text(), task.id)),
      },
    });
    const task = session.downloadTask("https://app.test/x", { id: text });
    await task.resume();
    await world.finish(task, 200, text);
    await world.close();
  }
  expect(indexedDB).toBe(own);
  expect(await library.getAll("files")).toEqual(["first", "second"]);
});
