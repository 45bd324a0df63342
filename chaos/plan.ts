import { type Random, randomOf } from "./random.ts";
import {
  GROUPS,
  type GroupName,
  ordered,
  QUEUES,
  type QueueName,
  SESSIONS,
  type SessionName,
  type TaskPlan,
  taskPlan,
} from "./task-plan.ts";

/**
 * When a fault strikes: now, or shortly after the server's next request for a transfer, or its next answer, or after
 * the app has noted an event that it has not yet acknowledged.
 */
export interface Moment {
  readonly after: "now" | "request" | "answer" | "effect";
  readonly delayMs: number;
}

/** The tasks of a session that are in one group, or in one queue. */
export type Selection = { readonly session: SessionName } & (
  | { readonly by: "group"; readonly name: GroupName }
  | { readonly by: "queue"; readonly name: QueueName }
);

export type OnBusy = "observe" | "take-over";

/** One action of the user or of the world. Fractions select from what exists when the action comes. */
export type Act =
  /** In one turn of the page. */
  | { readonly kind: "make"; readonly tasks: readonly TaskPlan[]; readonly isResumed: boolean }
  | { readonly kind: "suspend" | "resume" | "cancel"; readonly target: number }
  /** At the destination of a transfer, whatever has become of it. */
  | { readonly kind: "look"; readonly target: number }
  | ({ readonly kind: "suspend-all-of" | "resume-all-of" | "cancel-all-of" } & Selection)
  /** Cancels, with or without resume data, and continues with another task. */
  | {
      readonly kind: "cancel-resumably" | "cancel-and-retry";
      readonly target: number;
      readonly successor: string;
    }
  | { readonly kind: "reload" | "new-tab"; readonly onBusy: OnBusy }
  | { readonly kind: "close-tab"; readonly isAll: boolean }
  /** To another site, and back with the back button: to the same page, if the browser has cached it. */
  | { readonly kind: "leave-and-return"; readonly awayMs: number }
  | { readonly kind: "crash-tab" }
  | {
      readonly kind: "close-session" | "open-session";
      readonly session: SessionName;
      readonly onBusy: OnBusy;
    }
  | { readonly kind: "cancel-all"; readonly session: SessionName }
  | { readonly kind: "delete-session" }
  | { readonly kind: "stop-worker"; readonly moment: Moment }
  /** With SIGKILL, or as a user quits it. */
  | { readonly kind: "kill-browser" | "quit-browser"; readonly moment: Moment; readonly opensTab: boolean }
  | { readonly kind: "deploy"; readonly takesOver: boolean }
  | { readonly kind: "drop-connections" | "network-returns" | "wake" | "expire-tokens" }
  /** Ends by itself after this many rounds. */
  | { readonly kind: Condition; readonly rounds: number };

export type Condition = "server-down" | "offline" | "disk-full";

export interface Round {
  readonly act: Act;
  /** Selects one of the open tabs. */
  readonly tab: number;
  /** The next round does not wait for this one. */
  readonly isConcurrent: boolean;
  readonly pauseMs: number;
}

type Kind = Act["kind"];

/** Comes as it stands: only the last act is awaited, and the next follows at once. */
type Burst = readonly Kind[];

const KILLS: readonly Burst[] = [
  ["kill-browser"],
  ["make", "kill-browser"],
  ["make", "make", "kill-browser"],
  ["deploy", "kill-browser"],
  ["cancel-resumably", "kill-browser"],
  ["new-tab", "kill-browser"],
  ["leave-and-return", "kill-browser"],
];

const STOPS: readonly Burst[] = [
  ["stop-worker"],
  ["make", "stop-worker"],
  ["stop-worker", "stop-worker"],
  ["new-tab", "stop-worker"],
  ["leave-and-return", "stop-worker"],
  ["suspend", "resume", "stop-worker"],
  ["cancel", "stop-worker"],
];

const RACES: readonly Burst[] = [
  ["new-tab", "new-tab"],
  ["new-tab", "make", "reload"],
  ["deploy", "reload"],
  ["deploy", "make", "stop-worker"],
  ["delete-session", "make", "open-session"],
  ["suspend", "cancel-resumably"],
];

/** How often each other kind comes. */
const WEIGHTS: readonly (readonly [weight: number, kind: Kind])[] = [
  [50, "make"],
  [7, "suspend"],
  [8, "resume"],
  [4, "cancel"],
  [3, "suspend-all-of"],
  [4, "resume-all-of"],
  [1, "cancel-all-of"],
  [4, "cancel-resumably"],
  [2, "cancel-and-retry"],
  [12, "look"],
  [8, "expire-tokens"],
  [7, "reload"],
  [5, "new-tab"],
  [5, "close-tab"],
  [5, "leave-and-return"],
  [2, "crash-tab"],
  [2, "close-session"],
  [3, "open-session"],
  [1, "cancel-all"],
  [1, "delete-session"],
  [1, "quit-browser"],
  [3, "server-down"],
  [3, "drop-connections"],
  [4, "network-returns"],
  [2, "wake"],
  [2, "offline"],
  [1, "disk-full"],
];

/** Returns what happens in a run: a function of the seed alone. */
export function planOf(seed: number, rounds: number): Round[] {
  const random = randomOf(seed);
  let number = 0;
  const nextNumber = (): number => number++;
  return kindsOf(random, rounds).map(({ kind, isHurried }) => ({
    act: actOf(kind, random, nextNumber),
    tab: random.fraction(),
    isConcurrent: isHurried || random.chance(0.3),
    pauseMs: isHurried ? random.between(0, 20) : random.chance(0.4) ? 0 : random.between(0, 300),
  }));
}

function kindsOf(random: Random, rounds: number): { kind: Kind; isHurried: boolean }[] {
  const some = (each: number, bursts: readonly Burst[]): Burst[] =>
    Array.from({ length: Math.max(1, Math.ceil(rounds / each)) }, () => random.pick(bursts));
  const bursts: Burst[] = [["deploy"], ...some(18, KILLS), ...some(10, STOPS), ...some(25, RACES)];
  const left = rounds - bursts.flat().length;
  const quiet = Array.from({ length: Math.max(0, left) }, (): Burst => [weighted(random)]);
  return random
    .shuffle([...bursts, ...quiet])
    .flatMap((burst) => burst.map((kind, index) => ({ kind, isHurried: index < burst.length - 1 })));
}

function weighted(random: Random): Kind {
  let left = random.fraction() * WEIGHTS.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, kind] of WEIGHTS) {
    left -= weight;
    if (left < 0) return kind;
  }
  return "make";
}

function actOf(kind: Kind, random: Random, nextNumber: () => number): Act {
  const onBusy = random.pick(["observe", "take-over"] as const);
  const session = random.pick(SESSIONS);
  const target = random.fraction();
  switch (kind) {
    case "make":
      return { kind, tasks: tasksOf(random, nextNumber), isResumed: random.chance(0.9) };
    case "suspend":
    case "resume":
    case "cancel":
    case "look":
      return { kind, target };
    case "suspend-all-of":
    case "resume-all-of":
    case "cancel-all-of":
      return { kind, ...selectionOf(random) };
    case "cancel-resumably":
    case "cancel-and-retry":
      return { kind, target, successor: `t${nextNumber()}` };
    case "reload":
    case "new-tab":
      return { kind, onBusy };
    case "close-tab":
      return { kind, isAll: random.chance(0.25) };
    case "leave-and-return":
      return { kind, awayMs: random.chance(0.5) ? random.between(0, 100) : random.between(500, 3_000) };
    case "close-session":
    case "open-session":
      return { kind, session, onBusy };
    case "cancel-all":
      return { kind, session };
    case "stop-worker":
      return { kind, moment: momentOf(random) };
    case "kill-browser":
    case "quit-browser":
      return { kind, moment: momentOf(random), opensTab: random.chance(0.8) };
    case "deploy":
      return { kind, takesOver: random.chance(0.7) };
    case "server-down":
    case "offline":
    case "disk-full":
      return { kind, rounds: random.between(1, 5) };
    default:
      return { kind };
  }
}

function tasksOf(random: Random, nextNumber: () => number): TaskPlan[] {
  const count = random.chance(0.65) ? 1 : random.between(2, 6);
  const plans = Array.from({ length: count }, () => taskPlan(random, nextNumber()));
  return random.chance(0.7) ? ordered(random, plans) : plans;
}

function selectionOf(random: Random): Selection {
  const session = random.pick(SESSIONS);
  return random.chance(0.5)
    ? { session, by: "group", name: random.pick(GROUPS) }
    : { session, by: "queue", name: random.pick(Object.keys(QUEUES) as QueueName[]) };
}

function momentOf(random: Random): Moment {
  return {
    after: random.pick(["now", "request", "answer", "effect"]),
    delayMs: random.chance(0.5) ? 0 : random.between(0, 60),
  };
}
