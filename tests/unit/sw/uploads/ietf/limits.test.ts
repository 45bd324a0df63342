import { expect, it } from "vitest";
import { limitsIn } from "../../../../../src/sw/uploads/ietf/limits.ts";

it.each([
  [
    "max-size=1000, max-append-size=10;x=1,max-age=60",
    { "max-size": 1000, "max-append-size": 10, "max-age": 60 },
  ],
  ["new-limit=?1, min-append-size=5", { "min-append-size": 5 }],
  ["max-size=1000, max-age=soon", {}],
  ["max-size", {}],
  ["", {}],
])("%s", (value, limits) => {
  expect(limitsIn(new Headers({ "upload-limit": value }))).toEqual(limits);
});

it("no header, no limits", () => {
  expect(limitsIn(new Headers())).toEqual({});
});
