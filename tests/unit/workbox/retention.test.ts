import { expect, it } from "vitest";
import { secondsLeft } from "../../../src/workbox/retention.ts";

const HOUR_MS = 3_600_000;

it("a request has left what its retention time exceeds its age by", () => {
  expect(secondsLeft(0, 90, HOUR_MS)).toBe(30 * 60);
});

it("a request that is as old as its retention time has nothing left", () => {
  expect(secondsLeft(0, 60, HOUR_MS)).toBe(0);
  expect(secondsLeft(0, 59, HOUR_MS)).toBe(-60);
});

it("the retention time is seven days if the app gives none, as with workbox", () => {
  expect(secondsLeft(0, undefined, 0)).toBe(7 * 24 * 3600);
});

it("a request of a clock that was ahead has more left than its retention time", () => {
  expect(secondsLeft(HOUR_MS, 60, 0)).toBe(2 * 3600);
});
