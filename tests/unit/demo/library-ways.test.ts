import "fake-indexeddb/auto";
import { expect, it } from "vitest";
import { Library } from "../../../demo/library/library.ts";
import type { LibraryEntry } from "../../../demo/library/schema.ts";

const ENTRY: LibraryEntry = {
  id: "1",
  name: "Slow",
  url: "https://example.com/file.bin",
  attempts: 1,
  outcome: { kind: "file", fileName: "file.bin", type: "", sizeBytes: 1 },
};

it("records which way a transfer went, and tells each piece of news once", async () => {
  const library = await Library.open("library-ways");
  await library.keepWay("1", "background-fetch");
  await library.record("event", { ...ENTRY, isNews: true });
  // The event comes a second time.
  await library.record("event", { ...ENTRY, isNews: true });
  expect(await library.takeNews()).toEqual([{ ...ENTRY, isNews: true, way: "background-fetch" }]);
  expect(await library.takeNews()).toEqual([]);
  expect(await library.entries()).toEqual([{ ...ENTRY, isNews: false, way: "background-fetch" }]);
  library.close();
});
