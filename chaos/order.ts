import type { LoggedRequest } from "../server/request-log.ts";
import { isOfTheBrowser } from "../tests/support/background-fetches.ts";
import type { Fact } from "./app/journal.ts";
import { type Evidence, keyOf } from "./evidence.ts";
import type { Entry } from "./ledger.ts";
import { QUEUES } from "./task-plan.ts";

/** The server may see the end of a connection this much after the browser has ended it. */
const ABORTED_MS = 1_000;
const FINISHED_MS = 50;

interface Sent {
  readonly entry: Entry;
  /** Oldest first, without those that remove a cancelled upload. */
  readonly requests: readonly LoggedRequest[];
}

/**
 * What the server saw that contradicts the order: two tasks of a queue at once, one before an earlier one had ended, or
 * one whose predecessors had not succeeded.
 */
export function disorder(evidence: Evidence): string[] {
  const { ledger, site } = evidence;
  const all = ledger.entries.map((entry): Sent => {
    const requests = site.requests(
      (request) =>
        keyOf(request.url) === keyOf(entry.plan.url) &&
        request.method !== "DELETE" &&
        !isOfTheBrowser(request),
    );
    return { entry, requests };
  });
  const pairs = all.flatMap((one) => all.map((other) => [one, other] as const));
  return [
    ...pairs.filter(([one, other]) => isSameQueue(one.entry, other.entry)).flatMap(faultsInQueue),
    ...all.flatMap((sent) => tooEarly(sent, all, evidence)),
  ];
}

function isSameQueue({ plan: one }: Entry, { plan: other }: Entry): boolean {
  const isSame = one.queue !== undefined && one.queue === other.queue && one.session === other.session;
  return isSame && keyOf(one.url) !== keyOf(other.url);
}

function faultsInQueue([one, other]: readonly [Sent, Sent]): string[] {
  const names = `${one.entry.plan.uid} and ${other.entry.plan.uid}, both in "${one.entry.plan.queue}"`;
  const isAtOnce = one.requests.some((first) => other.requests.some((second) => overlaps(first, second)));
  const found = isAtOnce ? [`${names}, were sent at once`] : [];
  return isMadeBefore(one.entry, other.entry) && !areInOrder(one.requests, other.requests)
    ? [...found, `${names}, were sent in the wrong order`]
    : found;
}

function overlaps(first: LoggedRequest, second: LoggedRequest): boolean {
  const end = first.endedAt ?? Number.POSITIVE_INFINITY;
  const isUnsure = first.aborted ? ABORTED_MS : FINISHED_MS;
  return first.at <= second.at && second.at < end - isUnsure;
}

/** Whether this is sure: two turns of two tabs may overlap. */
function isMadeBefore(one: Entry, other: Entry): boolean {
  // A replacement has the place of the task that it replaces, and one that continues has the URL of the other.
  const hasOwnPlace = ({ plan, successor, predecessor }: Entry) => !(plan.id || successor || predecessor);
  if (!hasOwnPlace(one) || !hasOwnPlace(other)) return false;
  if (one.turn === other.turn) return one.place < other.place;
  return one.storedAt !== undefined && one.storedAt < other.begunAt;
}

function areInOrder(earlier: readonly LoggedRequest[], later: readonly LoggedRequest[]): boolean {
  const last = earlier.at(-1)?.at ?? 0;
  return later.every(({ at }) => at >= last - FINISHED_MS);
}

/** A task that comes after others must not be sent before all of them have succeeded. */
function tooEarly({ entry, requests }: Sent, all: readonly Sent[], evidence: Evidence): string[] {
  const { uid, after = [] } = entry.plan;
  if (requests.length === 0 || entry.predecessor !== undefined) return [];
  return after.flatMap((name) => {
    const before = all.find((other) => other.entry.plan.uid === name);
    if (before === undefined) return [];
    const complete = completionOf(before.entry, evidence);
    if (complete === undefined && before.entry.mayBeDeleted) return [];
    if (complete === undefined || hasFailed(complete))
      return [`${uid} was sent although ${name}, which it comes after, has not succeeded`];
    return before.entry.successor === undefined && !areInOrder(before.requests, requests)
      ? [`${uid} was sent before ${name}, which it comes after, had ended`]
      : [];
  });
}

/** Whether a task may have ended with `dependency-failed`: the message names a task that has failed, and rightly. */
export function isExplained(message: string, { plan }: Entry, evidence: Evidence): boolean {
  const [, name] = /because task "([^"]+)"/.exec(message) ?? [];
  const named = evidence.ledger.entries.filter(({ plan: { id, uid } }) => (id ?? uid) === name);
  return named.some((other) => {
    const complete = completionOf(other, evidence);
    const isGone = complete === undefined && (other.mayBeDeleted || !other.isDurable);
    if (!isGone && !(complete && hasFailed(complete))) return false;
    if (plan.after?.includes(other.plan.uid)) return true;
    const { queue, session } = other.plan;
    const isBehind = queue !== undefined && queue === plan.queue && session === plan.session;
    return isBehind && QUEUES[queue] === "cancel";
  });
}

function completionOf({ plan }: Entry, { facts }: Evidence): Fact | undefined {
  return facts.find(({ uid, type }) => uid === plan.uid && type === "didComplete");
}

function hasFailed({ error, status = 0 }: Fact): boolean {
  return error !== undefined || status >= 400;
}
