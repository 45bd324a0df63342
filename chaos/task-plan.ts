import type { Random } from "./random.ts";

/** The sessions of the app; the last one is sometimes deleted, as at a logout. */
export const SESSIONS = ["library", "outgoing", "account"] as const;
export type SessionName = (typeof SESSIONS)[number];

/** The queues of each session, by what follows when a task of them has failed. */
export const QUEUES = { edits: "continue", drafts: "hold", orders: "cancel" } as const;
export type QueueName = keyof typeof QUEUES;

export const GROUPS = ["album", "season"] as const;
export type GroupName = (typeof GROUPS)[number];

/** What is below it needs a token that expires: see guard.ts. */
export const GUARDED = "/guarded";

/** The directory and the cache of the files that are placed; each has a name of its own. */
export const PLACED = "placed";

/** The place in which a placed file is found. */
export type Place = { readonly cache: string; readonly key: string } | { readonly opfs: string };

/** How the app answers a challenge; "sign" and "continue" ask for the next token, and "silence" never settles. */
export type AppsAnswer = "continue" | "sign" | "wait" | "silence";

/** A transfer that the user will start, with the faults on its way. */
export interface TaskPlan {
  /** Names the transfer in every note; it is the task's description, since an id may be taken. */
  readonly uid: string;
  readonly kind: "download" | "upload";
  readonly session: SessionName;
  /** Absent: its `uid`. There are few others, so that they collide. */
  readonly id?: string;
  readonly queue?: QueueName;
  readonly group?: GroupName;
  /** The transfers of the same turn that it comes after. */
  readonly after?: readonly string[];
  /** The server answers 404, always. */
  readonly fails: boolean;
  readonly onDuplicate: "keep" | "replace";
  /** Path and query; the query has the faults. */
  readonly url: string;
  readonly sizeBytes: number;
  /** The seed of the bytes: of the file on the server, or of the body. */
  readonly seed: number;
  readonly protocol?: "tus" | "ietf";
  readonly destination?: { readonly cache: string; readonly key?: string } | { readonly opfs: string };
  readonly connections?: number;
  /** The app's answers to the challenges in a row; "continue" follows. */
  readonly answers: readonly AppsAnswer[];
  readonly priority: number;
  readonly hasHandler: boolean;
  /** How often the app throws at each of its events, before or after the event has had its effect. */
  readonly throws: number;
  readonly throwsLate: boolean;
  /** How long the app takes for each of its events, before its effect and again after it. */
  readonly slowMs: number;
}

/** A request that sends more slowly is given up, and rightly so: nobody can see that it makes progress. */
const SLOWEST_LINE = 20_000;

type Faults = Record<string, string | number>;

/** Plans the transfer number `number`. */
export function taskPlan(random: Random, number: number): TaskPlan {
  const uid = `t${number}`;
  // Far apart: the bytes of a file's next version are those of the next seed.
  const seed = 1_000 * (number + 1);
  const isDownload = random.chance(0.6);
  const isSplit = isDownload && random.chance(0.06);
  const sizeBytes = randomSize(random, isSplit);
  const protocol = isDownload ? undefined : random.pick(["tus", "ietf", undefined] as const);
  const fails = protocol === undefined && random.chance(0.08);
  const onTheWay = isDownload ? downloadFaults(random, sizeBytes) : uploadFaults(random, sizeBytes, protocol);
  const faults = fails ? { status: 404 } : onTheWay;
  const query = new URLSearchParams(
    Object.entries({ ...faults, key: uid }).map(([name, value]) => [name, `${value}`]),
  );
  if (isDownload) query.set("seed", `${seed}`);
  const path = isDownload ? `/files/${sizeBytes}B.bin` : `/${protocol ?? "echo"}`;
  const guard = isGuarded(random, protocol) ? GUARDED : "";
  return {
    uid,
    kind: isDownload ? "download" : "upload",
    session: sessionOf(random),
    ...(random.chance(0.2) && { id: `slot-${random.between(1, 3)}` }),
    onDuplicate: random.pick(["keep", "replace"]),
    ...places(random),
    fails,
    url: `${guard}${path}?${query}`,
    sizeBytes,
    seed,
    ...(protocol !== undefined && { protocol }),
    ...(isDownload && forDownloads(random, uid, isSplit)),
    answers: Array.from({ length: random.between(0, 2) }, () => randomAnswer(random)),
    priority: random.fraction(),
    hasHandler: random.chance(0.5),
    throws: random.chance(0.15) ? random.between(1, 2) : 0,
    throwsLate: random.chance(0.5),
    slowMs: random.chance(0.3) ? random.between(20, 200) : 0,
  };
}

/** The address of a resumable upload is the server's, so the app could not sign it. */
function isGuarded(random: Random, protocol: TaskPlan["protocol"]): boolean {
  return protocol === undefined && random.chance(0.3);
}

function forDownloads(
  random: Random,
  uid: string,
  isSplit: boolean,
): Pick<TaskPlan, "destination" | "connections"> {
  const destination = random.pick([
    { opfs: `${PLACED}/${uid}.bin` },
    { cache: PLACED },
    { cache: PLACED, key: `/${PLACED}/${uid}` },
  ]);
  return {
    ...(random.chance(0.4) && { destination }),
    ...(isSplit && { connections: random.between(2, 4) }),
  };
}

/** Returns where the file of a transfer is to be placed, if anywhere. */
export function placeOf({ destination, url }: TaskPlan): Place | undefined {
  return destination && "cache" in destination ? { key: url, ...destination } : destination;
}

function randomAnswer(random: Random): AppsAnswer {
  return random.chance(0.4) ? "continue" : random.pick(["sign", "sign", "wait", "silence"]);
}

function sessionOf(random: Random): SessionName {
  return random.chance(0.12) ? "account" : random.pick(["library", "outgoing"]);
}

function places(random: Random): Pick<TaskPlan, "queue" | "group"> {
  return {
    ...(random.chance(0.3) && { queue: random.pick(Object.keys(QUEUES) as QueueName[]) }),
    ...(random.chance(0.3) && { group: random.pick(GROUPS) }),
  };
}

/** Puts the transfers of one turn in one session, often in one queue, and some of them after earlier ones. */
export function ordered(random: Random, plans: readonly TaskPlan[]): TaskPlan[] {
  const { queue = "edits" } = places(random);
  const isQueue = random.chance(0.6);
  return plans.map((plan, index) => {
    // If another task may take the id, nobody can say for which one the task waits.
    const earlier = plans.slice(0, index).filter(({ id }) => id === undefined);
    const after = earlier.filter(() => random.chance(isQueue ? 0.1 : 0.4)).map(({ uid }) => uid);
    const { session } = plans[0] ?? plan;
    return { ...plan, session, ...(isQueue && { queue }), ...(after.length > 0 && { after }) };
  });
}

/** 1 KB to 5 MB, evenly distributed on a logarithmic scale; or enough for several ranges. */
function randomSize(random: Random, isSplit: boolean): number {
  if (isSplit) return random.between(17_000_000, 24_000_000);
  return Math.round(1_000 * 5_000 ** random.fraction());
}

/** Throttles a transfer so that it takes from nothing to about four seconds. */
function pace(random: Random, sizeBytes: number, leastBytesPerSecond = 1): Faults {
  const bytesPerSecond = Math.ceil(sizeBytes / (0.2 + 4 * random.fraction()));
  return random.chance(0.6) ? { throttle: Math.max(leastBytesPerSecond, bytesPerSecond) } : {};
}

function downloadFaults(random: Random, sizeBytes: number): Faults {
  const part = (): number => Math.floor(sizeBytes * random.fraction());
  const cut = (): Faults => ({ cut: part(), cutTimes: random.between(1, 3) });
  const faults: readonly (() => Faults)[] = [
    () => ({}),
    () => ({}),
    cut,
    cut,
    () => ({ stall: part(), stallTimes: 1 }),
    () => ({ reset: random.between(1, 2) }),
    () => unavailable(random),
    () => ({ ...cut(), change: `after:${random.between(1, 3)}` }),
    () => ({ ...cut(), change: `after:${random.between(1, 3)}`, ranges: "ignore-if-range" }),
    () => ({ ...cut(), change: "always" }),
    () => ({ ...cut(), ranges: random.pick(["wrong-start", "wrong-total", "none"]) }),
    () => ({ ...cut(), etag: random.pick(["weak", "none"]), change: `after:${random.between(1, 2)}` }),
    () => ({ ...cut(), length: "none" }),
  ];
  return {
    ...pace(random, sizeBytes),
    ...(random.chance(0.3) && { latency: random.between(10, 400) }),
    ...random.pick(faults)(),
  };
}

function uploadFaults(random: Random, sizeBytes: number, protocol: TaskPlan["protocol"]): Faults {
  const faults: readonly (() => Faults)[] = [
    () => ({}),
    () => ({}),
    () => ({ reset: random.between(1, 2) }),
    () => unavailable(random),
    () => ({ after: "cut", afterTimes: random.between(1, 2) }),
    ...(protocol === undefined
      ? []
      : [
          () => ({ cut: Math.floor(sizeBytes * random.fraction()), cutTimes: random.between(1, 3) }),
          () => ({ lie: random.pick(["offset-back", "conflict"]), lieTimes: 1 }),
        ]),
  ];
  return {
    ...pace(random, sizeBytes, SLOWEST_LINE),
    ...(random.chance(0.3) && { latency: random.between(10, 400) }),
    ...random.pick(faults)(),
  };
}

function unavailable(random: Random): Faults {
  return {
    status: random.pick([500, 503, 429]),
    times: random.between(1, 3),
    retryAfter: random.between(0, 1),
  };
}
