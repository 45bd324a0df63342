// Searches the built site in Chromium as a reader does: each error code, each state and each activity is found where it is
// explained, by one of the first three results. The search asks nobody but the site. Needs `npm run docs` before it.
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import { startServer } from "../server/server.ts";
import { ERROR_CODES } from "../src/protocol/session-error.ts";
import { TASK_STATES } from "../src/protocol/task-state.ts";
import { chromiumPath } from "../tests/support/chromium.ts";
import { TASK_ACTIVITIES } from "../tests/support/task-activities.ts";

const SITE = fileURLToPath(new URL("../dist-site", import.meta.url));
const EXPLAINED: readonly (readonly [page: string, words: readonly string[]])[] = [
  ["/errors", ERROR_CODES],
  ["/states", [...TASK_STATES, ...TASK_ACTIVITIES]],
];

const server = await startServer({ staticDirs: [SITE] });
const path = chromiumPath();
const browser = await chromium.launch({ ...(path !== undefined && { executablePath: path }) });
const page = await browser.newPage();
const strangers = new Set<string>();
page.on("request", (request) => {
  if (!request.url().startsWith(server.origin)) strangers.add(request.url());
});
await page.goto(server.origin);
await page.getByRole("button", { name: "Search" }).first().click();
const faults: string[] = [];
for (const [explained, words] of EXPLAINED)
  for (const word of words) if (!(await isFound(word, explained))) faults.push(word);
await browser.close();
await server.close();

for (const fault of faults) console.log(`LOST  ${fault} is not found where it is explained`);
for (const url of strangers) console.log(`ASKED ${url}`);
if (faults.length + strangers.size > 0) process.exit(1);
console.log("ok    the search finds each error code, state and activity where it is explained");
process.exit();

/** Whether one of the first three results of a search is in this page. */
function isFound(word: string, explained: string): Promise<boolean> {
  const first = page.locator(`.VPLocalSearchBox li:nth-child(-n+3) a.result[href^="${explained}"]`);
  return page
    .getByRole("searchbox")
    .fill(word)
    .then(() => first.getByText(word).first().waitFor({ timeout: 10_000 }))
    .then(
      () => true,
      () => false,
    );
}
