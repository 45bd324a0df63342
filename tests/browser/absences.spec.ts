import { ABSENCES, type Need, rowOf } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";

for (const need of Object.keys(ABSENCES) as Need[]) {
  const { isThere, lacking } = rowOf(need);
  if (isThere === undefined) continue;
  test(`the table of absences is right about ${need}`, { tag: "@core" }, async ({ page, engine }) => {
    expect(await page.evaluate(isThere)).toBe(!lacking.includes(engine));
  });
}
