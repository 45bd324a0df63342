import { createHash } from "node:crypto";
import type { LoggedRequest } from "../server/request-log.ts";
import type { TestServer } from "../server/server.ts";
import { isOfTheBrowser } from "../tests/support/background-fetches.ts";
import { bodyBytes } from "./app/body-bytes.ts";
import type { Fact } from "./app/journal.ts";
import { type Evidence, keyOf } from "./evidence.ts";
import type { Entry, Ledger } from "./ledger.ts";
import { disorder, isExplained } from "./order.ts";
import type { TaskPlan } from "./task-plan.ts";

/**
 * A realm that lost an event may acknowledge it while the next realm already gets it, and before that one has checked
 * the outbox: the order of the two is certain only this much later.
 */
const OVERLAP_MS = 2_000;

export interface Verdict {
  readonly lost: string[];
  readonly duplicated: string[];
  readonly corrupt: string[];
  readonly disordered: string[];
  readonly redeliveries: number;
  readonly resentBytesRatio: number;
}

/** Compares what the app and the server have seen with what the library promises. */
export async function judge(evidence: Evidence): Promise<Verdict> {
  const { ledger, facts, redeliveries, site } = evidence;
  const verdict = { lost: [] as string[], duplicated: [] as string[], corrupt: [] as string[] };
  const stored = new Set<string>();
  for (const kind of ["tus", "ietf"] as const) {
    for (const { sha256, isComplete } of await site.storedUploads(kind)) if (isComplete) stored.add(sha256);
  }
  for (const fact of facts) {
    if (ledger.get(fact.uid) === undefined)
      verdict.corrupt.push(`${fact.uid}: an event of a task that was never made`);
  }
  verdict.duplicated.push(...redeliveredTooLate(evidence));
  for (const entry of ledger.entries) {
    const own = facts.filter(({ uid }) => uid === entry.plan.uid);
    const requests = site.requests(({ url }) => keyOf(url) === keyOf(entry.plan.url));
    verdict.lost.push(...missing(entry, own, evidence));
    verdict.duplicated.push(...repeated(entry, own, requests));
    verdict.corrupt.push(...(await wrongAtDestination(entry, own, requests, site)));
    if (!entry.plan.fails) verdict.corrupt.push(...(await wrong(entry, own, requests, site, stored)));
  }
  return {
    ...verdict,
    disordered: disorder(evidence),
    redeliveries: redeliveries.length,
    resentBytesRatio: resentRatio(ledger, site),
  };
}

/**
 * Events that were redelivered after they had been acknowledged. A deleted session drops its events unacknowledged.
 */
function redeliveredTooLate({ ledger, facts, redeliveries }: Evidence): string[] {
  return redeliveries.flatMap(({ uid, type, eventId, at, realm, wasAcknowledged }) => {
    if (!wasAcknowledged || ledger.get(uid)?.mayBeDeleted) return [];
    const told = [...facts, ...redeliveries].filter((other) => other.eventId === eventId && other.at < at);
    const last = told.toSorted((one, other) => one.at - other.at).at(-1);
    const sinceMs = at - (last?.at ?? 0);
    if (realm !== last?.realm && sinceMs <= OVERLAP_MS) return [];
    return [
      `${uid}: ${type} came to ${realm} although acknowledged, ${sinceMs} ms after ${last?.realm} got it`,
    ];
  });
}

function missing(entry: Entry, facts: readonly Fact[], evidence: Evidence): string[] {
  const { uid } = entry.plan;
  const complete = facts.find(({ type }) => type === "didComplete");
  if (complete !== undefined) return missingBeside(complete, entry, facts, evidence);
  if (entry.mayBeDeleted) return [];
  if (facts.length > 0) return [`${uid}: events, but no didComplete`];
  return entry.isDurable ? [`${uid}: no didComplete`] : [];
}

function missingBeside(complete: Fact, entry: Entry, facts: readonly Fact[], evidence: Evidence): string[] {
  const { uid, kind, hasHandler, fails, destination } = entry.plan;
  const { error, message, status = 0 } = complete;
  const has = (type: Fact["type"]): boolean => facts.some((fact) => fact.type === type);
  const found: string[] = [];
  if (error !== undefined && !isAllowed(complete, entry, evidence))
    found.push(`${uid}: ended with ${error}: ${message}`);
  if (error === undefined && (fails ? status !== 404 : status < 200 || status > 299))
    found.push(`${uid}: ended with status ${status}`);
  // The app owns what is placed: it stays there even if the session is deleted.
  const isPlaced = destination !== undefined && !fails;
  if (error === undefined && isPlaced) found.push(...notPlaced(complete, entry));
  if (entry.mayBeDeleted) return found;
  if (error === undefined && kind === "download" && !isPlaced && !has("didFinishDownloading"))
    found.push(`${uid}: no file`);
  if (hasHandler && !has("handler")) found.push(`${uid}: its completion handler was not called`);
  return found;
}

function notPlaced({ sha256 }: Fact, { plan: { uid }, isThere }: Entry): string[] {
  return [
    ...(sha256 === undefined ? [`${uid}: nothing was at its destination when it completed`] : []),
    ...(isThere ? [] : [`${uid}: nothing is at its destination in the end`]),
  ];
}

function isAllowed({ error, message = "" }: Fact, entry: Entry, evidence: Evidence): boolean {
  if (error === "dependency-failed") return isExplained(message, entry, evidence);
  if (error === "cancelled") return entry.mayBeCancelled || entry.mayBeDeleted;
  if (error === "storage-full") return evidence.wasFull;
  return error === "resume-data-invalid" && entry.predecessor !== undefined;
}

function repeated(entry: Entry, facts: readonly Fact[], requests: readonly LoggedRequest[]): string[] {
  const { uid, destination, fails } = entry.plan;
  const found: string[] = [];
  if (destination !== undefined && !fails && facts.some(({ type }) => type === "didFinishDownloading"))
    found.push(`${uid}: its file was delivered although it is placed`);
  for (const type of ["didFinishDownloading", "didComplete", "handler"] as const) {
    const same = facts.filter((fact) => fact.type === type);
    if (same.length > 1) found.push(`${uid}: ${same.length} different events ${type}`);
  }
  const places = ["didFinishDownloading", "didComplete", "handler"].flatMap((type) =>
    facts.filter((fact) => fact.type === type).map(({ place }) => place),
  );
  if (places.some((place, index) => index > 0 && place < (places[index - 1] ?? 0)))
    found.push(`${uid}: its events came out of order`);
  if (entry.successor !== undefined) return found;
  const keys = new Set(requests.flatMap(({ headers }) => headers["idempotency-key"] ?? []));
  if (keys.size > 1) found.push(`${uid}: ${keys.size} Idempotency-Keys`);
  const end = facts.find(({ type, error }) => type === "didComplete" && error === undefined);
  const late = requests.filter(({ at, method }) => end !== undefined && at > end.at && method !== "DELETE");
  if (late.length > 0) found.push(`${uid}: sent again ${late.length} times after its answer was delivered`);
  return found;
}

async function wrong(
  { plan }: Entry,
  facts: readonly Fact[],
  requests: readonly LoggedRequest[],
  site: TestServer,
  stored: ReadonlySet<string>,
): Promise<string[]> {
  const { uid, kind, sizeBytes, seed, protocol } = plan;
  if (kind === "download") {
    const file = facts.find(({ type }) => type === "didFinishDownloading");
    if (file === undefined) return [];
    const isRight = await isVersion(file.sha256, plan, requests, site);
    return isRight ? [] : [`${uid}: its file matches no version of the entity`];
  }
  const complete = facts.find(({ type }) => type === "didComplete");
  if (complete === undefined || complete.error !== undefined) return [];
  const sent = createHash("sha256").update(bodyBytes(sizeBytes, seed)).digest("hex");
  const isThere = protocol === undefined ? (complete.answer ?? "").includes(sent) : stored.has(sent);
  return isThere ? [] : [`${uid}: the server does not have its body`];
}

/** A destination holds a whole version of the entity at any time, or nothing; a refusal is never placed. */
async function wrongAtDestination(
  { plan, seen }: Entry,
  facts: readonly Fact[],
  requests: readonly LoggedRequest[],
  site: TestServer,
): Promise<string[]> {
  const found: string[] = [];
  const atTheEnd = facts.flatMap(({ type, sha256 }) => (type === "didComplete" && sha256) || []);
  for (const digest of new Set([...seen, ...atTheEnd])) {
    if (plan.fails || !(await isVersion(digest, plan, requests, site)))
      found.push(`${plan.uid}: what was at its destination matches no version of the entity`);
  }
  return found;
}

/** Whether a digest is that of a version that the server may have had. */
async function isVersion(
  digest: string | undefined,
  { sizeBytes, seed, url }: TaskPlan,
  requests: readonly LoggedRequest[],
  site: TestServer,
): Promise<boolean> {
  // Chromium itself resumes after a break, and such a server answers with the rest of another version.
  if (url.includes("ignore-if-range") && requests.some(isOfTheBrowser)) return true;
  for (let version = 0; version <= requests.length; version += 1) {
    if ((await site.expectedSha256(sizeBytes, seed + version)) === digest) return true;
  }
  return false;
}

/** The ratio of bytes that the server sent more than once to all that it sent, for downloads. */
function resentRatio(ledger: Ledger, site: TestServer): number {
  let sent = 0;
  let again = 0;
  for (const { plan } of ledger.entries) {
    if (plan.kind !== "download" || plan.fails) continue;
    const bytes = site.bytesSent(({ url }) => keyOf(url) === keyOf(plan.url));
    sent += bytes;
    again += Math.max(0, bytes - plan.sizeBytes);
  }
  return sent === 0 ? 0 : again / sent;
}
