import { setTimeout as pause } from "node:timers/promises";
import type { TestPage } from "../tests/support/test-browser.ts";
import type { Ledger } from "./ledger.ts";
import { PLACED, type TaskPlan } from "./task-plan.ts";
import { look } from "./user.ts";
import type { World } from "./world.ts";

const STUCK_MS = 120_000;
/** Chromium keeps a registration that lost its connection for up to five minutes, without telling anybody. */
export const STUCK_IN_BACKGROUND_FETCH_MS = 600_000;
/** Chromium pauses its own fetches for 30 s after each page load: a load every few seconds stops them for good. */
const RELOAD_ROUNDS = 40;
const SWEPT_MS = 60_000;
const CLOSED_MS = 15_000;
/** A command is answered, or fails, within a minute. */
const ANSWER_MS = 75_000;

/** The leftovers after a generous time without faults. */
export interface Rest {
  /** Tasks that are not finished. */
  readonly stuck: string[];
  /** By name: rows on disk, or locks, that nothing needs. */
  readonly orphans: Record<string, number>;
}

/** Removes all faults and waits until the library has delivered everything, and cleaned up. */
export async function settle(
  world: World,
  ledger: Ledger,
  tell: (line: string) => void,
): Promise<{ rest: Rest; page: TestPage }> {
  await world.endConditions();
  const closed = Promise.all(world.tabs.map((tab) => tab.close().catch(() => {}))).then(() => true);
  // The driver may never hear of the close.
  if (!(await Promise.race([closed, pause(CLOSED_MS, false)]))) await world.restart();
  // An engine may have died by itself.
  const page = await world.openTab("take-over").catch(async () => {
    await world.restart();
    return world.openTab("take-over");
  });
  tell("the last tab is open");
  const stuck = await letThrough(world, page, tell);
  tell("everything is delivered");
  ledger.addTurn([LAST]);
  await page.evaluate((last) => chaos.makeAll([last], true), LAST);
  stuck.push(...(await letThrough(world, page, tell)));
  // A question that was withdrawn may still wait for an app that does not answer.
  await world.load(page, "take-over").catch((error: unknown) => tell(String(error)));
  const orphans = await tidyUp(world, page);
  for (const entry of ledger.entries) await look(entry, page, 0);
  return { rest: { stuck, orphans }, page };
}

/** The next file that is placed: what a killed worker has left of another goes with it. */
const LAST: TaskPlan = {
  uid: "last",
  kind: "download",
  session: "library",
  fails: false,
  onDuplicate: "keep",
  url: "/files/1000B.bin?key=last&seed=1",
  sizeBytes: 1_000,
  seed: 1,
  destination: { opfs: `${PLACED}/last.bin` },
  answers: [],
  priority: 0,
  hasHandler: false,
  throws: 0,
  throwsLate: false,
  slowMs: 0,
};

async function letThrough(world: World, page: TestPage, tell: (line: string) => void): Promise<string[]> {
  const latest = Date.now() + (world.hasBackgroundFetch ? STUCK_IN_BACKGROUND_FETCH_MS : STUCK_MS);
  for (let round = 1; ; round += 1) {
    const through = page.evaluate(() => chaos.letEverythingThrough());
    await Promise.race([through, noAnswer("to letEverythingThrough")]).catch(async (error: unknown) => {
      if (!(error instanceof NoAnswer)) return;
      tell(`${error.message}: ${await awaited(page)}`);
      await world.load(page, "take-over").catch((error: unknown) => tell(String(error)));
    });
    await pause(1_000);
    const owed = await Promise.race([undeliveredWork(page), noAnswer("about what is left")]).catch(
      (error: unknown) => [`the app is not there: ${error}`],
    );
    if (owed.length === 0 || Date.now() > latest) return owed;
    if (round % 60 === 0) {
      tell(`after ${round} checks there is still ${owed.join("\n  ")}`);
      tell(await underWay(page));
    }
    // Opening a session offers the events again that the app refused.
    const isDue = round % (world.hasBackgroundFetch ? RELOAD_ROUNDS : 5) === 0;
    if (isDue) await world.load(page, "take-over").catch((error: unknown) => tell(String(error)));
  }
}

class NoAnswer extends Error {}

/** Rejects in time for a reload, which is what a user does to a page that hangs. */
async function noAnswer(what: string): Promise<never> {
  await pause(ANSWER_MS, undefined, { ref: false });
  throw new NoAnswer(`no answer ${what} within ${ANSWER_MS / 1_000} s`);
}

/** What the page waits for, if it still runs. */
function awaited(page: TestPage): Promise<string> {
  const silence = pause(5_000, "its page does not run", { ref: false });
  return Promise.race([page.evaluate(() => chaos.awaited()), silence]).catch(String);
}

function underWay(page: TestPage): Promise<string> {
  return page
    .evaluate(async () => (await chaos.backgroundFetches()).join("\n  "))
    .catch((error: unknown) => String(error));
}

/** The unfinished tasks, and the number of undelivered events. */
async function undeliveredWork(page: TestPage): Promise<string[]> {
  const rows = await page.evaluate(() => chaos.unfinishedRows());
  const { outbox = 0 } = await page.evaluate(() => chaos.leftovers());
  return [...rows.map((row) => JSON.stringify(row)), ...(outbox === 0 ? [] : [`${outbox} events`])];
}

/** Waits as long as the library keeps rows that might still be wanted. @returns what is left then */
async function tidyUp(world: World, page: TestPage): Promise<Record<string, number>> {
  const latest = Date.now() + SWEPT_MS;
  for (;;) {
    await page.evaluate(() => chaos.closeAll());
    await world.stopWorker({ after: "now", delayMs: 0 });
    await page.evaluate(() => chaos.openAll("take-over", 1));
    await pause(2_500);
    await page.evaluate(() => chaos.closeAll());
    const found = Object.entries(await page.evaluate(() => chaos.leftovers()));
    const left = found.filter(([, count]) => count > 0);
    if (left.length === 0 || Date.now() > latest) return Object.fromEntries(left);
  }
}
