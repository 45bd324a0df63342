import { expect, it } from "vitest";
import { stepStates } from "../../../demo/tour/tour-steps.ts";

it("the tour goes on when something runs, and ends when the user is back", () => {
  const states = (unfinished: number, ended: number, isBack: boolean) =>
    Object.values(stepStates({ unfinished, ended, isBack }));
  expect(states(0, 0, false)).toEqual(["current", "ahead", "ahead"]);
  expect(states(3, 0, false)).toEqual(["done", "current", "ahead"]);
  expect(states(0, 3, false)).toEqual(["current", "ahead", "ahead"]);
  expect(states(0, 0, true)).toEqual(["done", "done", "done"]);
  expect(states(1, 0, true)).toEqual(["done", "current", "ahead"]);
});
