import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { isA, ownBlob } from "../../../src/protocol/platform-objects.ts";

const SAMPLES = {
  AbortSignal: () => new AbortController().signal,
  ArrayBuffer: () => new ArrayBuffer(1),
  Blob: () => new Blob(["x"]),
  File: () => new File(["x"], "x"),
  FormData: () => new FormData(),
  Request: () => new Request("https://app.test/"),
  URL: () => new URL("https://app.test/"),
  URLSearchParams: () => new URLSearchParams(),
} as const;
type Kind = keyof typeof SAMPLES;
const KINDS = Object.keys(SAMPLES) as Kind[];

/** Look-alikes that the platform itself does not accept. */
const IMPOSTORS: readonly unknown[] = [
  undefined,
  null,
  5,
  "text",
  () => {},
  {},
  { url: "/", bodyUsed: false, size: 1, aborted: false, byteLength: 1, searchParams: {}, lastModified: 1 },
  { getAll: () => [] },
  new Map(),
  new Uint8Array(1),
  new SharedArrayBuffer(1),
];

describe("isA", () => {
  it.each(KINDS)("tells a %s from everything else", (kind) => {
    for (const other of KINDS) {
      const isFile = kind === "Blob" && other === "File";
      expect(`${other}: ${isA(SAMPLES[other](), kind)}`).toBe(`${other}: ${other === kind || isFile}`);
    }
    for (const impostor of IMPOSTORS) expect(isA(impostor, kind)).toBe(false);
  });

  it("accepts a subclass and an object from another realm", () => {
    class OwnRequest extends Request {}
    expect(isA(new OwnRequest("https://app.test/"), "Request")).toBe(true);
    const buffer: unknown = runInNewContext("new ArrayBuffer(1)");
    expect([buffer instanceof ArrayBuffer, isA(buffer, "ArrayBuffer")]).toEqual([false, true]);
  });
});

describe("ownBlob", () => {
  it("returns the same object in its own realm", () => {
    const file = new File(["x"], "x.txt");
    expect(ownBlob(file)).toBe(file);
  });
});
