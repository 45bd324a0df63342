import { ABSENCES, type Need, rowOf } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";

test("the table of absences is right about each feature", { tag: "@core" }, async ({ page, engine }) => {
  for (const need of Object.keys(ABSENCES) as Need[]) {
    const { isThere, lacking } = rowOf(need);
    if (isThere === undefined) continue;
    expect.soft(await page.evaluate(isThere), need).toBe(!lacking.includes(engine));
  }
});
