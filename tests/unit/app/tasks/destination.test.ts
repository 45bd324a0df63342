import { describe, expect, it } from "vitest";
import { checkedOptions } from "../../../../src/app/tasks/checked-options.ts";
import { destinationRow } from "../../../../src/app/tasks/destination.ts";
import type { DownloadOptions } from "../../../../src/app/tasks/task-options.ts";

const URL_OF_FILE = "https://app.test/file?x=1#part";

function stored(destination: unknown) {
  const options = { destination } as DownloadOptions;
  const checked = checkedOptions(options, "download").destination;
  return checked && destinationRow(checked, URL_OF_FILE);
}

describe("a path in the origin private file system", () => {
  const long = "x".repeat(255);

  it.each([
    "file",
    "a/b/c",
    "a b/ü.mp3",
    ".hidden/..x",
    "x.crswap.mp3",
    "crswap",
    "日".repeat(85),
    long,
    [long, long, long, long].join("/"),
  ])("may be %j", (opfs) => {
    expect(stored({ opfs })).toEqual({ opfs });
  });

  it.each([
    "",
    "/",
    "/file",
    "file/",
    "a//b",
    ".",
    "..",
    "a/./b",
    "a/../b",
    "../file",
    "a\\b",
    "a\nb",
    "a\0",
    "a\u0085",
    "file.crswap",
    ".background-session/file",
    "a.CRSWAP/file",
    ".crswap",
    "日".repeat(86),
    `${long}x`,
    `${long}/${long}/${long}/${long}/a`,
    5,
    null,
    ["file"],
  ])("must not be %j", (opfs) => {
    expect(() => stored({ opfs })).toThrow(/^destination\.opfs must be a relative path/);
  });
});

describe("a cache entry", () => {
  it.each([
    [{}, { key: "https://app.test/file?x=1" }],
    [{ key: "https://other.test/a#b" }, { key: "https://other.test/a" }],
    [{ headers: { "X-A": "1" } }, { key: "https://app.test/file?x=1", headers: { "x-a": "1" } }],
  ])("%j is stored as %j", (given, row) => {
    expect(stored({ cache: "pages", ...given })).toEqual({ cache: "pages", ...row });
  });

  it("is copied in the call", () => {
    const headers = { a: "b" };
    const row = stored({ cache: "pages", headers });
    headers.a = "c";
    expect(row).toMatchObject({ headers: { a: "b" } });
  });

  it.each([
    ["cache", { cache: "" }],
    ["cache", { cache: "x".repeat(1025) }],
    ["cache", { cache: 5 }],
    ["key", { cache: "a", key: "data:text/plain,x" }],
    ["key", { cache: "a", key: "https://u:p@app.test/" }],
    ["key", { cache: "a", key: 5 }],
    ["headers", { cache: "a", headers: { "a b": "c" } }],
    ["headers", { cache: "a", headers: { a: "日" } }],
    ["headers", { cache: "a", headers: 5 }],
    ["headers", { cache: "a", headers: null }],
  ])("%s: %j throws a TypeError that says what is right", (name, destination) => {
    expect(() => stored(destination)).toThrow(TypeError);
    expect(() => stored(destination)).toThrow(new RegExp(`^destination\\.${name} must be`));
  });

  it.each([5, null, "cache", {}, { cache: "a", opfs: "b" }, []])("%j is no destination", (destination) => {
    expect(() => stored(destination)).toThrow(
      /^destination must be \{ cache, key\?, headers\? \} or \{ opfs \}/,
    );
  });

  it.each(["data", "upload"] as const)("a %s task has none", (kind) => {
    const options = { destination: { opfs: "file" } } as DownloadOptions;
    expect(() => checkedOptions(options, kind)).toThrow(`destination is not an option of ${kind} tasks`);
  });
});
