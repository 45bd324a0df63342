import { runChaos } from "../../chaos/run.ts";
import { expect, test } from "../support/fixtures.ts";

// A short run; `npm run chaos` does the long ones and explains how to replay a failed one.
test("a random user in a hostile world loses nothing and gets nothing twice", { tag: "@core" }, async ({
  engine,
}) => {
  // Longer than the run's own timeout, so that a run which times out reports its story.
  test.setTimeout(330_000);
  const { figures, story } = await runChaos({ engine, seed: 12, rounds: 30, hasBackgroundFetch: false });
  const { lost, duplicated, corrupt, disordered, stuck, orphans } = figures;
  expect({ lost, duplicated, corrupt, disordered, stuck, orphans }, story.join("\n")).toEqual({
    lost: 0,
    duplicated: 0,
    corrupt: 0,
    disordered: 0,
    stuck: 0,
    orphans: 0,
  });
});
