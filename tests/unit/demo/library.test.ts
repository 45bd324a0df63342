import "fake-indexeddb/auto";
import { openDB } from "idb";
import { expect, it } from "vitest";
import { Library } from "../../../demo/library/library.ts";
import type { LibraryEntry, Schema } from "../../../demo/library/schema.ts";
import { Timeline } from "../../../demo/library/timeline.ts";
import { UPGRADES } from "../../../demo/library/upgrades.ts";

const ENTRY: LibraryEntry = {
  id: "1",
  name: "Slow",
  url: "https://example.com/file.bin",
  attempts: 1,
  outcome: { kind: "refused", status: 404, statusText: "" },
};

it("keeps the library of a version that had no timeline", async () => {
  const old = await openDB<Schema>("downloads-library", 1, {
    upgrade: (database) => UPGRADES[0]?.(database),
  });
  await old.put("entries", ENTRY);
  old.close();

  const library = await Library.open();
  const timeline = await Timeline.open();
  expect(await library.entries()).toEqual([ENTRY]);
  expect(await timeline.entries()).toEqual([]);
  await library.record("event", { ...ENTRY, id: "2", isNews: true });
  expect((await library.takeNews()).map(({ id }) => id)).toEqual(["2"]);
  library.close();
  timeline.close();
});
