import { expect, it } from "vitest";
import { metadataOf } from "../../../../../src/sw/uploads/tus/metadata.ts";
import { taskRow } from "../../../../support/task-row.ts";

function decoded(metadata: string): Record<string, string> {
  const entries = metadata.split(",").map((entry): [string, string] => {
    const [name = "", value = ""] = entry.split(" ");
    return [name, Buffer.from(value, "base64").toString()];
  });
  return Object.fromEntries(entries);
}

it("has the name and type of a file and the app's metadata, in UTF-8", () => {
  const file = new File(["x"], "é.jpg", { type: "image/jpeg" });
  const metadata = { album: "Été", empty: "" };
  const row = taskRow({ upload: { bytesAcknowledged: 0, metadata } });
  expect(decoded(metadataOf(row, file))).toEqual({ filename: "é.jpg", filetype: "image/jpeg", ...metadata });
});

it("the app's metadata wins, and without any the value is empty", () => {
  const row = taskRow({ upload: { bytesAcknowledged: 0, metadata: { filename: "b.jpg" } } });
  expect(decoded(metadataOf(row, new File([""], "a.jpg")))).toEqual({ filename: "b.jpg" });
  expect(metadataOf(taskRow(), new Blob(["x"]))).toBe("");
});
