import { describe, expect, it, vi } from "vitest";
import { GroupCommit } from "../../../src/store/group-commit.ts";
import { macrotasks } from "../../support/fake-world.ts";

describe("GroupCommit", () => {
  it("items added while a commit writes join it, later ones share the next, and each gets its own result", async () => {
    const batches: number[][] = [];
    const commit = new GroupCommit(async (items: Iterable<number>) => {
      const batch: number[] = [];
      batches.push(batch);
      for (const item of items) {
        batch.push(item);
        await macrotasks(1);
      }
      await macrotasks(2);
      return batch.map((item) => item * 10);
    });
    const add = (...items: number[]) => Promise.all(items.map((item) => commit.add(item)));
    const joining = add(1, 2);
    await macrotasks(3);
    expect(batches).toEqual([[1, 2]]);
    const next = add(3, 4);
    expect([await joining, await next]).toEqual([
      [10, 20],
      [30, 40],
    ]);
    // Nothing is being written any more.
    await macrotasks(1);
    expect(await add(5)).toEqual([50]);
    expect(batches).toEqual([[1, 2], [3, 4], [5]]);
  });

  it("no commit is delayed for ever by the items that join it", async () => {
    const sizes: number[] = [];
    const commit = new GroupCommit(async (items: Iterable<number>) => {
      const written: number[] = [];
      for (const item of items) {
        written.push(item);
        // Each item of the first commit is followed by another one.
        if (sizes.length === 0) void commit.add(item + 1);
      }
      sizes.push(written.length);
      return written;
    });
    await commit.add(0);
    await vi.waitFor(() => expect(sizes).toEqual([100, 1]));
  });

  it("a commit that fails before it writes anything fails each item, and nothing is tried for ever", async () => {
    let tries = 0;
    const commit = new GroupCommit(async (): Promise<number[]> => {
      tries += 1;
      throw new Error("no database");
    });
    const ends = await Promise.allSettled([1, 2].map((item) => commit.add(item)));
    expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(tries).toBe(4);
  });

  it("an item that fails does not fail the others, and later items are committed as usual", async () => {
    const commit = new GroupCommit(async (items: Iterable<string>) => {
      await macrotasks(1);
      const all = [...items];
      if (all.includes("bad")) throw new Error("the disk does not take it");
      return all;
    });
    const ends = await Promise.allSettled(["first", "good", "bad", "better"].map((item) => commit.add(item)));
    expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    await macrotasks(1);
    expect(await commit.add("last")).toBe("last");
  });
});
