import { describe, expect, it } from "vitest";
import { FakeDirectoryHandle } from "../../../src/testing/fake-files.ts";

async function text(root: FakeDirectoryHandle, name: string): Promise<string> {
  return (await (await root.getFileHandle(name)).getFile()).text();
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("the files of a world", () => {
  it("are written at a place, cut, and there when the stream is closed", async () => {
    const root = new FakeDirectoryHandle();
    const file = await root.getFileHandle("a", { create: true });
    const stream = (await file.createWritable()) as FileSystemWritableFileStream;
    await stream.write("0123456789");
    await stream.seek(2);
    await stream.write(new Blob(["xy"]));
    await stream.write({ type: "write", position: 12, data: "z" });
    expect(await text(root, "a")).toBe("");
    await stream.close();
    expect(await text(root, "a")).toBe("01xy456789\0\0z");
    const again = (await file.createWritable({ keepExistingData: true })) as FileSystemWritableFileStream;
    await again.truncate(3);
    await again.close();
    expect(await text(root, "a")).toBe("01x");
  });

  it("are moved and removed, and directories list them", async () => {
    const root = new FakeDirectoryHandle();
    const films = await root.getDirectoryHandle("films", { create: true });
    const file = await root.getFileHandle("draft", { create: true });
    await file.move(films, "42");
    expect(await collect(root.keys())).toEqual(["films"]);
    expect(await collect(films)).toEqual([["42", file]]);
    expect(await collect(films.values())).toEqual([file]);
    await file.move("43");
    expect(await collect(films.keys())).toEqual(["43"]);
    await expect(root.removeEntry("films")).rejects.toMatchObject({ name: "InvalidModificationError" });
    await file.remove();
    await root.removeEntry("films");
    await expect(root.removeEntry("films")).rejects.toMatchObject({ name: "NotFoundError" });
  });

  it("say what is wrong with a name", async () => {
    const root = new FakeDirectoryHandle();
    await root.getFileHandle("a", { create: true });
    await expect(root.getDirectoryHandle("a")).rejects.toMatchObject({ name: "TypeMismatchError" });
    await expect(root.getFileHandle("b")).rejects.toMatchObject({ name: "NotFoundError" });
    for (const name of ["", ".", "..", "a/b"])
      await expect(root.getFileHandle(name, { create: true })).rejects.toThrow(TypeError);
  });
});
