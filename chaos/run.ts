import { setTimeout as pause } from "node:timers/promises";
import type { EngineName } from "../tests/support/test-browser.ts";
import { Ledger } from "./ledger.ts";
import { judge, type Verdict } from "./oracle.ts";
import { planOf, type Round } from "./plan.ts";
import { type Rest, STUCK_IN_BACKGROUND_FETCH_MS, settle } from "./settle.ts";
import { perform } from "./user.ts";
import { World } from "./world.ts";

export interface RunOptions {
  readonly engine: EngineName;
  readonly seed: number;
  readonly rounds: number;
  readonly hasBackgroundFetch: boolean;
}

export interface Figures extends Omit<RunOptions, "hasBackgroundFetch"> {
  readonly tasks: number;
  readonly kills: number;
  readonly workerStops: number;
  readonly deploys: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly corrupt: number;
  readonly disordered: number;
  readonly stuck: number;
  readonly orphans: number;
  readonly resentBytesRatio: number;
  readonly redeliveries: number;
  /** Files at their destinations in the end. */
  readonly placed: number;
  /** Questions that the app has answered. */
  readonly challenges: number;
  readonly minutes: number;
}

/** The longest that a round may take: the next one then begins in any case. */
const ROUND_MS = 10_000;
/** Nothing can be done without a browser. */
const RESTART_MS = 120_000;
const LEAST_MS = 180_000;
const EACH_MS = 3_000;

/** Runs a seed from its first round until everything is settled. @returns the figures, and the story */
export async function runChaos(options: RunOptions): Promise<{ figures: Figures; story: string[] }> {
  const { engine, seed, rounds } = options;
  const begunAt = Date.now();
  const story: string[] = [];
  const tell = (line: string): void =>
    void story.push(`${((Date.now() - begunAt) / 1_000).toFixed(2)} ${line}`);
  const ledger = new Ledger();
  const world = await World.start(engine, options.hasBackgroundFetch);
  const judged = async (): Promise<Judged> => {
    await world.openTab("observe");
    await play(planOf(seed, rounds), world, ledger, tell);
    const { kills, workerStops, deploys } = world;
    tell("all faults are removed");
    const { rest, page } = await settle(world, ledger, tell);
    const journal = await page.evaluate(() => chaos.readJournal());
    const verdict = await judge({ ledger, ...journal, site: world.site, wasFull: world.wasFull });
    const challenges = journal.facts.filter(({ type }) => type === "didReceiveChallenge").length;
    return { ...verdict, ...rest, challenges, kills, workerStops, deploys };
  };
  try {
    const limitMs =
      LEAST_MS + rounds * EACH_MS + (options.hasBackgroundFetch ? STUCK_IN_BACKGROUND_FETCH_MS : 0);
    const { challenges, kills, workerStops, deploys, ...found } = await inTime(judged(), limitMs);
    const { lost, duplicated, corrupt, disordered, stuck, orphans, redeliveries, resentBytesRatio } = found;
    for (const [name, lines] of Object.entries({ lost, duplicated, corrupt, disordered, stuck }))
      for (const line of lines) tell(`${name.toUpperCase()} ${line}`);
    for (const [name, count] of Object.entries(orphans)) tell(`ORPHANS ${count} in ${name}`);
    const figures: Figures = {
      engine,
      seed,
      rounds,
      tasks: ledger.entries.filter(({ isTurnedAway }) => !isTurnedAway).length,
      kills,
      workerStops,
      deploys,
      lost: lost.length,
      duplicated: duplicated.length,
      corrupt: corrupt.length,
      disordered: disordered.length,
      stuck: stuck.length,
      orphans: Object.values(orphans).reduce((sum, count) => sum + count, 0),
      resentBytesRatio: Number(resentBytesRatio.toFixed(4)),
      redeliveries,
      placed: ledger.entries.filter(({ isThere }) => isThere).length,
      challenges,
      minutes: Number(((Date.now() - begunAt) / 60_000).toFixed(1)),
    };
    return { figures, story };
  } catch (cause) {
    throw new Error(`The run itself failed.\n${story.join("\n")}`, { cause });
  } finally {
    await world.close();
  }
}

interface Judged extends Verdict, Rest, Pick<World, "kills" | "workerStops" | "deploys"> {
  readonly challenges: number;
}

/** A browser that no longer answers must not hide the story so far. */
async function inTime<Value>(promise: Promise<Value>, limitMs: number): Promise<Value> {
  const over = new AbortController();
  const timeUp = pause(limitMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`It did not end within ${limitMs / 60_000} minutes.`);
  });
  try {
    return await Promise.race([promise, timeUp]);
  } finally {
    over.abort();
    timeUp.catch(() => {});
  }
}

async function play(
  plan: readonly Round[],
  world: World,
  ledger: Ledger,
  tell: (line: string) => void,
): Promise<void> {
  const underWay: Promise<void>[] = [];
  for (const [number, round] of plan.entries()) {
    await world.tick();
    const { act, isConcurrent, pauseMs } = round;
    tell(`${number} ${JSON.stringify(act)} in tab ${round.tab.toFixed(2)}`);
    const played = perform(round, world, ledger).then(
      (outcome) => tell(`${number} ${outcome}`),
      (error: unknown) => tell(`${number} failed: ${String(error).split("\n")[0]}`),
    );
    underWay.push(played);
    const isRestart = act.kind === "kill-browser" || act.kind === "quit-browser";
    const limitMs = isRestart ? RESTART_MS : ROUND_MS;
    if (isRestart || !isConcurrent) await Promise.race([played, pause(limitMs, undefined, { ref: false })]);
    await pause(pauseMs);
  }
  await Promise.race([Promise.all(underWay), pause(ROUND_MS, undefined, { ref: false })]);
}
