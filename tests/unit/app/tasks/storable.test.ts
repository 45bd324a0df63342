import { describe, expect, it } from "vitest";
import { storableCopy } from "../../../../src/app/tasks/storable.ts";

function nested(levels: number): object {
  let value: object = {};
  for (let level = 0; level < levels; level += 1) value = { value };
  return value;
}

/** A linked list: shallow as an array, but deep for the browser, which writes the first with all that follow. */
function chained(count: number): object[] {
  const links = Array.from({ length: count }, (): { next?: object } => ({}));
  for (const [index, link] of links.entries()) {
    const next = links[index + 1];
    if (next !== undefined) link.next = next;
  }
  return links;
}

const emptyModule = (): unknown => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));

describe("storableCopy", () => {
  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["a string", "text"],
    ["a large integer", 1n],
    ["an object", { a: [1, { b: null }] }],
    ["a sparse array", new Array(3)],
    ["a Map and a Set", new Map<unknown, unknown>([[{ key: 1 }, new Set([1, [2]])]])],
    ["a Date and a RegExp", [new Date(5), /a/g]],
    ["boxed primitives", [Object(1), Object("a"), Object(true), Object(1n)]],
    ["an error with its cause", new TypeError("no", { cause: { code: 5 } })],
    [
      "buffers and views of them",
      [new ArrayBuffer(2), new Float64Array(2), new DataView(new ArrayBuffer(2))],
    ],
    ["a Blob and a File", [new Blob(["a"]), new File(["b"], "b")]],
    ["500 levels", nested(500)],
    ["a chain of 500", chained(500)],
  ])("copies %s", (_, value) => {
    expect(storableCopy(value, "it")).toEqual(structuredClone(value));
  });

  it("copies circular references", () => {
    const circle: Record<string, unknown> = { list: [], map: new Map() };
    circle.self = circle;
    (circle.list as unknown[]).push(circle);
    (circle.map as Map<unknown, unknown>).set(circle, circle);
    const copy = storableCopy(circle, "it") as typeof circle;
    expect(copy.self).toBe(copy);
    expect(copy).not.toBe(circle);
  });

  it.each<[string, unknown, RegExp]>([
    ["a WebAssembly.Module", emptyModule(), /no WebAssembly.Module/],
    ["a module in an object", { a: [emptyModule()] }, /no WebAssembly.Module/],
    ["a module in a Map", new Map([["a", emptyModule()]]), /no WebAssembly.Module/],
    ["a module as a key", new Map([[emptyModule(), "a"]]), /no WebAssembly.Module/],
    ["a module in a Set", new Set([emptyModule()]), /no WebAssembly.Module/],
    [
      "a module behind a getter",
      {
        get a() {
          return emptyModule();
        },
      },
      /no WebAssembly.Module/,
    ],
    ["shared memory", new SharedArrayBuffer(8), /no SharedArrayBuffer/],
    ["a view of shared memory", [new Uint8Array(new SharedArrayBuffer(8))], /no SharedArrayBuffer/],
    ["a function", { a: () => {} }, /no functions/],
    ["more than 500 levels", nested(501), /at most 500 levels deep/],
    ["100,000 levels", nested(100_000), /at most 500 levels deep/],
    ["a chain of more than 500", chained(502), /at most 500 levels deep/],
  ])("refuses %s and says what is allowed", (_, value, message) => {
    const copy = () => storableCopy(value, "completion.context");
    expect(copy).toThrow(TypeError);
    expect(copy).toThrow(/^completion\.context must be something that can be stored: /);
    expect(copy).toThrow(message);
  });
});
