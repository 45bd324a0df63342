import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

const ROOT = new URL("../../../", import.meta.url);

it("the list of 15 lines in docs/frameworks.md is the one that the browser tests use", async () => {
  const list = await readFile(new URL("tests/support/bindings/react/transfer-list.tsx", ROOT), "utf8");
  expect(list.split("\n").length - 1).toBeLessThanOrEqual(15);
  expect(await readFile(new URL("docs/frameworks.md", ROOT), "utf8")).toContain(
    `\`\`\`tsx\n// transfer-list.tsx\n${list}\`\`\``,
  );
});
