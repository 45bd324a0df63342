import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";

interface Reads {
  readonly headers: Record<string, string>;
  /** What the entry has before each read; undefined: it is deleted. */
  readonly versions: readonly ((Record<string, string> & { readonly text: string }) | undefined)[];
}

/** Reads a range of a cache entry again and again. @returns what was read, and how often the entry was opened for that */
function readAgain(page: TestPage, { headers, versions }: Reads): Promise<[(string | undefined)[], number]> {
  return page.evaluate(
    async ([headers, versions]) => {
      const path = "/media/index.js";
      const { respondFrom } = (await import(path)) as typeof import("../../src/media/index.ts");
      const { blob } = Response.prototype;
      let opened = 0;
      Response.prototype.blob = function () {
        opened += 1;
        return blob.call(this);
      };
      const cache = await caches.open("episodes");
      const read: (string | undefined)[] = [];
      for (const version of versions) {
        if (version === undefined) await cache.delete("/entry");
        else {
          const { text, ...own } = version;
          await cache.put("/entry", new Response(text, { headers: { ...headers, ...own } }));
        }
        const request = new Request("/entry", { headers: { range: "bytes=1-2" } });
        const answers = [1, 2, 3].map(() => respondFrom({ cache: "episodes" }, request));
        for (const answer of await Promise.all(answers)) read.push(await answer?.text());
      }
      return [read, opened];
    },
    [headers, versions] as const,
  );
}

test("an entry of a cache is opened once for ranges that follow each other, and again when it was replaced or removed", {
  tag: "@core",
}, async ({ page }) => {
  const versions = [{ text: "abcd", etag: '"1"' }, { text: "efgh", etag: '"2"' }, undefined];
  const [read, opened] = await readAgain(page, { headers: {}, versions });
  expect(read).toEqual([..."bc,bc,bc,fg,fg,fg".split(","), undefined, undefined, undefined]);
  expect(opened).toBe(2);
});

test("an entry whose headers do not tell its versions apart is opened for each range", async ({ page }) => {
  const [read, opened] = await readAgain(page, {
    headers: { "content-type": "audio/wav" },
    versions: [{ text: "abcd" }, { text: "efgh" }],
  });
  expect(read).toEqual("bc,bc,bc,fg,fg,fg".split(","));
  expect(opened).toBe(6);
});
