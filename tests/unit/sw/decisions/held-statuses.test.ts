import { describe, expect, it } from "vitest";
import { holdAt, MAX_CHALLENGES } from "../../../../src/sw/decisions/held-statuses.ts";
import { type RowOptions, taskRow } from "../../../support/task-row.ts";

describe("holdAt", () => {
  const CONFIGURATION = { challengeStatuses: [401], waitStatuses: [403, 401] };

  it.each<[string, RowOptions, Parameters<typeof holdAt>[1], number, ReturnType<typeof holdAt>]>([
    ["a status about which the app is asked", {}, CONFIGURATION, 401, "challenge"],
    ["a status that is waited for", {}, CONFIGURATION, 403, "wait"],
    ["any other status", {}, CONFIGURATION, 404, undefined],
    ["a status that the task waits for", { waitStatuses: [404] }, CONFIGURATION, 404, "wait"],
    ["a status that the task does not wait for", { waitStatuses: [] }, CONFIGURATION, 403, undefined],
    ["a configuration without statuses", {}, {}, 401, undefined],
    ["the last question", { challenges: MAX_CHALLENGES - 1 }, CONFIGURATION, 401, "challenge"],
    ["one question too many", { challenges: MAX_CHALLENGES }, CONFIGURATION, 401, undefined],
    ["an answer that the app wants as it is", { isUnchallenged: true }, CONFIGURATION, 403, undefined],
  ])("%s", (_, change, configuration, status, expected) => {
    expect(holdAt(taskRow(change), configuration, status)).toBe(expected);
  });
});
