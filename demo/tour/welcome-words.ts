import type { TransportWay } from "../../src/app/index.ts";
import type { LibraryEntry } from "../library/schema.ts";
import { minuteWords } from "../words/clock-words.ts";

export interface WelcomeWords {
  /** "3 files finished at 11:57, while no page was open." */
  readonly title: string;
  /** Which way they went; empty if that is not known. */
  readonly ways: string;
}

type Ended = Pick<LibraryEntry, "name" | "outcome" | "endedAt" | "way">;

/** Says what ended while no page was open; undefined if nothing did that the user cares about. */
export function welcomeWords(entries: readonly Ended[], now = Date.now()): WelcomeWords | undefined {
  const finished = entries.filter(({ outcome }) => outcome.kind === "file");
  const failed = entries.filter(({ outcome }) => outcome.kind !== "file" && !isCancelled(outcome));
  const told = [...finished, ...failed];
  if (told.length === 0) return undefined;
  const parts = [
    finished.length > 0 ? `${countWords(finished)} finished` : "",
    failed.length > 0 ? `${finished.length > 0 ? failed.length : countWords(failed)} failed` : "",
  ].filter((part) => part !== "");
  const title = `${parts.join(" and ")} ${timeWords(told, now)}, while no page was open.`;
  return { title, ways: waysWords(finished) };
}

function isCancelled(outcome: LibraryEntry["outcome"]): boolean {
  return outcome.kind === "failed" && /cancelled/.test(outcome.code);
}

function countWords([first, ...others]: readonly Ended[]): string {
  return others.length === 0 ? (first?.name ?? "") : `${others.length + 1} files`;
}

/** "at 11:57", "between 11:52 and 11:57" */
function timeWords(entries: readonly Ended[], now: number): string {
  const times = entries.map(({ endedAt = now }) => endedAt);
  const [first, last] = [Math.min(...times), Math.max(...times)].map((at) => minuteWords(at, now));
  return first === last ? `at ${first}` : `between ${first} and ${last}`;
}

const CARRIERS: Readonly<Record<TransportWay, string>> = {
  worker: "the service worker",
  "background-fetch": "the browser itself",
};

function waysWords(entries: readonly Ended[]): string {
  const counts = new Map<TransportWay, number>();
  for (const { way } of entries) if (way !== undefined) counts.set(way, (counts.get(way) ?? 0) + 1);
  const ways = [...counts].map(([way, count]) => `${CARRIERS[way]}${counts.size > 1 ? ` (${count})` : ""}`);
  return ways.length === 0 ? "" : `Transferred by ${ways.join(" and ")}.`;
}
