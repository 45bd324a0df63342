import { describe, expect, it } from "vitest";
import { APPS_ANSWER, isQuestion } from "../../../src/protocol/questions.ts";
import { fits } from "../../../src/protocol/shape.ts";
import { requestRecord } from "../../support/task-row.ts";

const REQUEST = requestRecord("https://app.test/file");

describe("the app's answer to a question", () => {
  it.each(["continue", "wait", "cancel", "complete"])("may be %s", (disposition) => {
    expect(fits({ disposition }, APPS_ANSWER)).toBe(true);
  });

  it("may have a request without a body", () => {
    expect(fits({ disposition: "continue", request: REQUEST }, APPS_ANSWER)).toBe(true);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a word", "continue"],
    ["no disposition", {}],
    ["an unknown disposition", { disposition: "go" }],
    ["no record as a request", { disposition: "continue", request: "https://app.test/" }],
    ...Object.keys(REQUEST).map(
      (name) =>
        [
          `a request without ${name}`,
          { disposition: "continue", request: { ...REQUEST, [name]: undefined } },
        ] as [string, unknown],
    ),
    ...[
      { url: 5 },
      { url: "no address" },
      { url: "ftp://app.test/" },
      { url: "https://app.test:25/" },
      { headers: { a: 1 } },
      { redirect: "manual" },
      { body: "body" },
    ].map(
      (change) =>
        [JSON.stringify(change), { disposition: "continue", request: { ...REQUEST, ...change } }] as [
          string,
          unknown,
        ],
    ),
  ])("may not be or have %s", (_, answer) => {
    expect(fits(answer, APPS_ANSWER)).toBe(false);
  });

  it("is asked for by two events", () => {
    const types = ["didReceiveChallenge", "willBeginDelayedRequest", "didComplete", "toString"];
    expect(types.map(isQuestion)).toEqual([true, true, false, false]);
  });
});
