import type { TestPage } from "../tests/support/test-browser.ts";
import type { Entry, Ledger } from "./ledger.ts";
import type { Act, Round } from "./plan.ts";
import { placeOf } from "./task-plan.ts";
import type { World } from "./world.ts";

/** How long the user looks at a destination, in milliseconds. */
const WATCH_MS = 1_500;

/** Does what a round says. @returns the result, for the story */
export async function perform({ act, tab }: Round, world: World, ledger: Ledger): Promise<string> {
  switch (act.kind) {
    case "stop-worker":
      await world.stopWorker(act.moment);
      return "stopped";
    case "kill-browser":
    case "quit-browser":
      await world.endBrowser(act.moment, act.kind === "kill-browser");
      if (act.opensTab) await world.openTab("observe");
      return "gone and back";
    case "server-down":
    case "offline":
    case "disk-full":
      await world.begin(act.kind, act.rounds);
      return `for ${act.rounds} rounds`;
    case "drop-connections":
      world.site.dropConnections();
      return "dropped";
    case "expire-tokens":
      world.guard.expire();
      return "expired";
    case "wake":
      await world.wake();
      return "woken";
    case "new-tab":
      await world.openTab(act.onBusy);
      return `${world.tabs.length} tabs`;
    case "close-tab":
      return closeTabs(act.isAll ? world.tabs : world.tabs.slice(0, 1));
    default:
      return useTab(act, await world.tab(tab), world, ledger);
  }
}

async function closeTabs(tabs: readonly TestPage[]): Promise<string> {
  await Promise.all(tabs.map((page) => page.close()));
  return `${tabs.length} closed`;
}

async function useTab(act: Act, page: TestPage, world: World, ledger: Ledger): Promise<string> {
  switch (act.kind) {
    case "make":
      return make(act, page, ledger);
    case "look":
      return look(ledger.pickPlaced(act.target), page, WATCH_MS);
    case "suspend":
    case "resume":
    case "cancel":
      return control(act.kind, ledger.pick(act.target), page);
    case "suspend-all-of":
    case "resume-all-of":
      return page.evaluate((selection) => chaos.controlAll(selection), act);
    case "cancel-all-of":
      ledger.cancelAllOf(act);
      // A task that is made meanwhile is cancelled, too.
      return page
        .evaluate((selection) => chaos.controlAll(selection), act)
        .finally(() => ledger.cancelAllOf(act));
    case "cancel-resumably":
    case "cancel-and-retry":
      return goOn(act, ledger.pick(act.target), page, ledger);
    case "crash-tab":
      await world.crash(page);
      return "crashed";
    case "leave-and-return":
      await world.leaveAndReturn(page, act.awayMs);
      return "back";
    case "reload":
      await world.load(page, act.onBusy);
      return "reloaded";
    case "open-session":
      return page.evaluate(({ session, onBusy }) => chaos.open(session, onBusy), act);
    case "close-session":
      await page.evaluate(({ session }) => chaos.close(session), act);
      return "closed";
    case "cancel-all":
      ledger.cancelAll(act.session);
      // A task that is made meanwhile is cancelled, too.
      await page
        .evaluate(({ session }) => chaos.cancelAll(session), act)
        .finally(() => ledger.cancelAll(act.session));
      return "invalid";
    case "delete-session":
      ledger.deleteAll("account");
      await page.evaluate(() => chaos.deleteSession()).finally(() => ledger.deleteAll("account"));
      return "deleted";
    case "deploy":
      await world.deploy(act.takesOver, page);
      return "deployed";
    case "network-returns":
      await page.evaluate(() => chaos.networkReturns());
      return "said so";
    default:
      throw new Error(`There is no way to ${act.kind}.`);
  }
}

async function make(
  { tasks, isResumed }: Extract<Act, { kind: "make" }>,
  page: TestPage,
  ledger: Ledger,
): Promise<string> {
  const entries = ledger.addTurn(tasks);
  const made = await page.evaluate(([tasks, isResumed]) => chaos.makeAll(tasks, isResumed), [
    tasks,
    isResumed,
  ] as const);
  return entries.map((entry, index) => told(entry, made[index])).join(", ");
}

function told(entry: Entry, isInserted: boolean | undefined | null): string {
  if (isInserted === null) return "failed";
  if (isInserted === true) {
    entry.isDurable = true;
    entry.storedAt = Date.now();
  }
  if (isInserted === false) entry.isTurnedAway = true;
  return isInserted === undefined ? "made" : isInserted ? "on disk" : "turned away";
}

async function control(
  action: "suspend" | "resume" | "cancel",
  entry: Entry | undefined,
  page: TestPage,
): Promise<string> {
  if (entry === undefined) return "nothing there";
  const { uid, session } = entry.plan;
  if (action === "cancel") entry.mayBeCancelled = true;
  const isThere = await page.evaluate(([session, uid, action]) => chaos.control(session, uid, action), [
    session,
    uid,
    action,
  ] as const);
  if (isThere && action === "resume") entry.isDurable = true;
  return `${uid} ${isThere ? "done" : "not there"}`;
}

/** Watches the destination of a transfer for a while. */
export async function look(entry: Entry | undefined, page: TestPage, forMs: number): Promise<string> {
  const place = entry && placeOf(entry.plan);
  if (entry === undefined || place === undefined) return "no destination";
  const digests = await page.evaluate(([place, forMs]) => chaos.watchPlace(place, forMs), [
    place,
    forMs,
  ] as const);
  for (const digest of digests) entry.seen.add(digest);
  entry.isThere = digests.length > 0;
  return `${entry.plan.uid} is ${entry.isThere ? "there" : "not there"}`;
}

async function goOn(
  { kind, successor: uid }: Extract<Act, { successor: string }>,
  entry: Entry | undefined,
  page: TestPage,
  ledger: Ledger,
): Promise<string> {
  if (entry === undefined || entry.successor !== undefined) return "nothing there";
  const isRetry = kind === "cancel-and-retry";
  // The body of a cancelled upload is gone.
  if (isRetry && entry.plan.kind === "upload") return "nothing to retry";
  const { id: _, after: __, ...plan } = entry.plan;
  entry.mayBeCancelled = true;
  const next = ledger.addSuccessor({ ...plan, uid, onDuplicate: "keep" }, entry);
  const isInserted = await page.evaluate(
    ([plan, next, isRetry]) => (isRetry ? chaos.retry(plan, next) : chaos.goOn(plan, next)),
    [entry.plan, next.plan, isRetry] as const,
  );
  return `${entry.plan.uid} → ${uid} ${told(next, isInserted)}`;
}
