import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const WORKER = /^ +(serviceWorker=.*|\/\/ Without the address of a worker.*)\n/gm;

function transfersOf(name: string): Promise<string> {
  return readFile(new URL(`../../../examples/${name}/app/transfers.jsx`, import.meta.url), "utf8");
}

test("the three apps of Next have the same component, but for the address of the worker", async () => {
  const [plain = "", ...others] = await Promise.all(
    ["next", "next-serwist", "next-turbopack"].map(transfersOf),
  );
  for (const other of others) expect(other.replaceAll(WORKER, "")).toBe(plain.replaceAll(WORKER, ""));
  expect(plain).toContain('serviceWorker="/sw.js"');
});
