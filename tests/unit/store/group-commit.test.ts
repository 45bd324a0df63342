import { describe, expect, it } from "vitest";
import { GroupCommit } from "../../../src/store/group-commit.ts";
import { macrotasks } from "../../support/fake-world.ts";

describe("GroupCommit", () => {
  it("items added during a commit share the next one in order, and each gets its own result", async () => {
    const batches: (readonly number[])[] = [];
    const commit = new GroupCommit(async (items: readonly number[]) => {
      batches.push(items);
      await macrotasks(1);
      return items.map((item) => item * 10);
    });
    expect(await Promise.all([1, 2, 3].map((item) => commit.add(item)))).toEqual([10, 20, 30]);
    // Nothing is being written any more.
    await macrotasks(1);
    expect(await commit.add(4)).toBe(40);
    expect(batches).toEqual([[1], [2, 3], [4]]);
  });

  it("an item that fails does not fail the others, and later items are committed as usual", async () => {
    const commit = new GroupCommit(async (items: readonly string[]) => {
      await macrotasks(1);
      if (items.includes("bad")) throw new Error("the disk does not take it");
      return items;
    });
    const ends = await Promise.allSettled(["first", "good", "bad", "better"].map((item) => commit.add(item)));
    expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    await macrotasks(1);
    expect(await commit.add("last")).toBe("last");
  });
});
