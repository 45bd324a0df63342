import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Database } from "../../../src/store/database.ts";
import { noteScript, readScripts } from "../../../src/store/registered-scripts.ts";

describe("the scripts that this library has registered", () => {
  let database: Database;
  beforeEach(() => {
    database = new Database(crypto.randomUUID());
  });
  afterEach(() => database.close());

  it("are stored once each, and only the last twenty", async () => {
    expect(await readScripts(database)).toEqual([]);
    for (let build = 0; build < 25; build += 1) {
      await noteScript(database, `/sw-${build}.js`);
      await noteScript(database, `/sw-${build}.js`);
    }
    const paths = Array.from({ length: 20 }, (_, index) => `/sw-${index + 5}.js`);
    expect(await readScripts(database)).toEqual(paths);
  });

  it.each([7, "/sw.js", null, { 0: "/sw.js" }, [7, null, ""]])(
    "are empty if %j is stored in their place",
    async (garbage) => {
      await database.write(["facts"], "relaxed", async (tx) => {
        await tx.objectStore("facts").put(garbage, "registered-scripts");
      });
      expect(await readScripts(database)).toEqual([]);
      await noteScript(database, "/sw.js");
      expect(await readScripts(database)).toEqual(["/sw.js"]);
    },
  );
});
