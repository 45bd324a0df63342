import { type Random, randomOf } from "./random.ts";
import { SESSIONS, type SessionName, type TaskPlan, taskPlan } from "./task-plan.ts";

/**
 * When a blow falls: now, or shortly after the server was next asked for a transfer, or has answered one, or the app
 * has noted an event down and has not said so yet.
 */
export interface Moment {
  readonly after: "now" | "request" | "answer" | "effect";
  readonly delayMs: number;
}

export type OnBusy = "observe" | "take-over";

/** One action of the user or of the world. Fractions choose out of what is there when its time has come. */
export type Act =
  | { readonly kind: "make"; readonly task: TaskPlan; readonly isResumed: boolean }
  | { readonly kind: "suspend" | "resume" | "cancel"; readonly target: number }
  /** Cancels with resume data, and goes on from it with another task. */
  | { readonly kind: "cancel-resumably"; readonly target: number; readonly successor: string }
  | { readonly kind: "reload" | "new-tab"; readonly onBusy: OnBusy }
  | { readonly kind: "close-tab"; readonly isAll: boolean }
  | {
      readonly kind: "close-session" | "open-session";
      readonly session: SessionName;
      readonly onBusy: OnBusy;
    }
  | { readonly kind: "cancel-all"; readonly session: SessionName }
  | { readonly kind: "delete-session" }
  | { readonly kind: "stop-worker"; readonly moment: Moment }
  | { readonly kind: "kill-browser"; readonly moment: Moment; readonly opensTab: boolean }
  | { readonly kind: "deploy"; readonly takesOver: boolean }
  | { readonly kind: "drop-connections" | "network-returns" | "wake" }
  /** Ends by itself after so many rounds. */
  | { readonly kind: Plight; readonly rounds: number };

export type Plight = "server-down" | "offline" | "disk-full";

export interface Round {
  readonly act: Act;
  /** Of the open tabs. */
  readonly tab: number;
  /** The next round comes without waiting for this one. */
  readonly isLeftAlone: boolean;
  readonly pauseMs: number;
}

/** How often each kind comes, besides the blows that every run must have. */
const WEIGHTS: readonly (readonly [weight: number, kind: Act["kind"]])[] = [
  [60, "make"],
  [7, "suspend"],
  [8, "resume"],
  [4, "cancel"],
  [4, "cancel-resumably"],
  [7, "reload"],
  [6, "new-tab"],
  [5, "close-tab"],
  [2, "close-session"],
  [3, "open-session"],
  [1, "cancel-all"],
  [1, "delete-session"],
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
  const share = (each: number): number => Math.max(1, Math.ceil(rounds / each));
  const blows: Act["kind"][] = [
    ...Array<Act["kind"]>(share(18)).fill("kill-browser"),
    ...Array<Act["kind"]>(share(9)).fill("stop-worker"),
    ...Array<Act["kind"]>(share(80)).fill("deploy"),
  ];
  const chosen = Array.from({ length: Math.max(0, rounds - blows.length) }, () => weighted(random));
  let number = 0;
  return random.shuffle([...blows, ...chosen]).map((kind) => ({
    act: actOf(kind, random, () => number++),
    tab: random.fraction(),
    isLeftAlone: random.chance(0.3),
    pauseMs: random.chance(0.4) ? 0 : random.between(0, 300),
  }));
}

function weighted(random: Random): Act["kind"] {
  let left = random.fraction() * WEIGHTS.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, kind] of WEIGHTS) {
    left -= weight;
    if (left < 0) return kind;
  }
  return "make";
}

function actOf(kind: Act["kind"], random: Random, nextNumber: () => number): Act {
  const onBusy = random.pick(["observe", "take-over"] as const);
  const session = random.pick(SESSIONS);
  const target = random.fraction();
  switch (kind) {
    case "make":
      return { kind, task: taskPlan(random, nextNumber()), isResumed: random.chance(0.9) };
    case "suspend":
    case "resume":
    case "cancel":
      return { kind, target };
    case "cancel-resumably":
      return { kind, target, successor: `t${nextNumber()}` };
    case "reload":
    case "new-tab":
      return { kind, onBusy };
    case "close-tab":
      return { kind, isAll: random.chance(0.25) };
    case "close-session":
    case "open-session":
      return { kind, session, onBusy };
    case "cancel-all":
      return { kind, session };
    case "stop-worker":
      return { kind, moment: momentOf(random) };
    case "kill-browser":
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

function momentOf(random: Random): Moment {
  return {
    after: random.pick(["now", "request", "answer", "effect"]),
    delayMs: random.chance(0.5) ? 0 : random.between(0, 60),
  };
}
