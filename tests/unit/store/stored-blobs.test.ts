import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fileLockOf } from "../../../src/protocol/names.ts";
import { copyOfBody, heldFiles, holdFile, isLost } from "../../../src/store/stored-blobs.ts";
import { sweepSettled } from "../../../src/store/sweep.ts";
import { FakeLocks } from "../../../src/testing/fake-locks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { macrotasks } from "../../support/fake-world.ts";
import { everythingIn, insert } from "../../support/stored.ts";
import { PROVED_FILE, taskRow } from "../../support/task-row.ts";

const SAFARI =
  "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15";
const CHROME = "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

describe("stored bytes that WebKit reads from their source", () => {
  const newDatabase = useDatabases();
  let locks: FakeLocks;
  beforeEach(() => {
    locks = new FakeLocks();
  });
  afterEach(() => void vi.unstubAllGlobals());

  function browserIs(userAgent: string): void {
    vi.stubGlobal("navigator", { userAgent, locks });
  }

  const gone = (): Blob => {
    const blob = new Blob(["x"]);
    blob.slice = () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) }) as never;
    return blob;
  };

  it("a file that a script holds is not swept there, and elsewhere nothing holds it", async () => {
    for (const [browser, kept] of [
      [SAFARI, ["a", "b"]],
      [CHROME, ["b"]],
    ] as const) {
      browserIs(browser);
      const database = newDatabase();
      const done = { state: "completed", live: undefined, settledAt: 1 } as const;
      await insert(database, taskRow({ key: "a", ...done, file: { ...PROVED_FILE, fileId: "a/0" } }));
      await insert(database, taskRow({ key: "b", ...done, settledAt: undefined }));
      await insert(database, taskRow({ key: "c", ...done, file: { ...PROVED_FILE, fileId: "c/0" } }));
      await insert(database, taskRow({ key: "d", ...done }));
      const file = new File(["x"], "x");
      holdFile(database, "a/0", file);
      // This file has the same name in another scope.
      void locks.request(fileLockOf(`other ${database.name}`, "c/0"), () => new Promise(() => {}));
      await macrotasks(5);
      const names = (await locks.query()).held.map(({ name }) => name);
      expect(names.includes(fileLockOf(database.name, "a/0"))).toBe(browser === SAFARI);
      expect([...(await heldFiles(database))]).toEqual(browser === SAFARI ? ["a/0"] : []);
      await sweepSettled(database, 1_000_000);
      expect((await everythingIn(database)).tasks.map(({ key }) => key)).toEqual(kept);
      expect(file.size).toBe(1);
    }
  });

  it("two scripts may hold one file", async () => {
    browserIs(SAFARI);
    const database = newDatabase();
    const files = [new File(["x"], "x"), new File(["x"], "x")];
    for (const file of files) holdFile(database, "a/0", file);
    await macrotasks(5);
    expect((await locks.query()).held).toHaveLength(2);
    expect(files).toHaveLength(2);
  });

  it("a row whose body was copied is kept there, since the copy may depend on it", async () => {
    for (const [browser, count] of [
      [SAFARI, 1],
      [CHROME, 0],
    ] as const) {
      browserIs(browser);
      const database = newDatabase();
      const row = { state: "completed", live: undefined, settledAt: 1, kind: "data" } as const;
      await insert(database, taskRow({ key: "copied", ...row, hasBody: true, isBodyCopied: true }));
      await insert(database, taskRow({ key: "not", ...row, hasBody: true }));
      await insert(database, taskRow({ key: "none", ...row, isBodyCopied: true }));
      await sweepSettled(database, 1_000_000);
      expect((await everythingIn(database)).tasks.map(({ key }) => key)).toEqual(["copied"].slice(0, count));
    }
  });

  it("a body that cannot be read is lost, but not there: it may be readable later", async () => {
    browserIs(CHROME);
    expect(await isLost(gone())).toBe(true);
    expect(await isLost(new Blob(["x"]))).toBe(false);
    expect(await isLost(undefined)).toBe(false);
    browserIs(SAFARI);
    expect(await isLost(gone())).toBe(false);
  });
});

describe("a copy of a body in memory", () => {
  it("has the bytes, the types, the names and the dates", async () => {
    const blob = new Blob(["bytes"], { type: "image/png" });
    const copy = (await copyOfBody(blob)) as Blob;
    expect(copy).not.toBe(blob);
    expect([await copy.text(), copy.type]).toEqual(["bytes", "image/png"]);
    const file = new File(["photo"], "a.png", { type: "image/png", lastModified: 7 });
    const alone = (await copyOfBody(file)) as File;
    expect(alone).not.toBe(file);
    expect(alone).toMatchObject({ name: "a.png", type: "image/png", lastModified: 7, size: 5 });
    const [text, plain, named] = (await copyOfBody([
      ["text", "x"],
      ["file", file],
      ["file", file, "b.png"],
    ])) as [unknown, [string, File], [string, File, string]];
    expect(text).toEqual(["text", "x"]);
    expect([plain.length, named.length, named[2]]).toEqual([2, 3, "b.png"]);
    expect(plain[1]).not.toBe(file);
    expect(plain[1]).toMatchObject({ name: "a.png", type: "image/png", lastModified: 7, size: 5 });
  });
});
