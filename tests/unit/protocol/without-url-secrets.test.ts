import { expect, it } from "vitest";
import { originOf } from "../../../src/protocol/origin-of.ts";
import { outageDelayMs } from "../../../src/protocol/storage-outage.ts";
import { withoutUrlSecrets } from "../../../src/protocol/without-url-secrets.ts";

it.each([
  ["no URL", "no URL"],
  ["http://a.test/b", "http://a.test/b"],
  ["at https://a.test/b?sig=1 today", "at https://a.test/b?… today"],
  ["https://a.test/b#part", "https://a.test/b?…"],
  ["https://user:pw@a.test/b", "https://a.test/b"],
  ["https:user:pw@a.test", "https:a.test"],
  ["https:\\\\user:pw@a.test", "https:\\\\a.test"],
  ["HTTPS://u@a.test/?x", "HTTPS://a.test/?…"],
  ["https://a.test/https://u:p@b.test/c?d", "https://a.test/https://b.test/c?…"],
  ['<https://u@a.test/?x> and "http://v@b.test/"', '<https://a.test/?…> and "http://b.test/"'],
  ["https://a.test/me@home", "https://a.test/me@home"],
])("%j is shown as %j", (text, shown) => {
  expect(withoutUrlSecrets(text)).toBe(shown);
});

it("a disk that fails is tried again after 1, 2, 4 … 30 s", () => {
  expect([1, 2, 3, 5, 6, 7, 99].map(outageDelayMs)).toEqual([
    1_000, 2_000, 4_000, 16_000, 30_000, 30_000, 30_000,
  ]);
});

it("an origin is that of the address", () => {
  expect(originOf("https://user@app.test:8443/path?x#y")).toBe("https://app.test:8443");
});
