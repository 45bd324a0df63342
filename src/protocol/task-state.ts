/** Apple's four public states. `canceling` is what a handle shows until the daemon has recorded a `cancel()`. */
export type TaskState = "suspended" | "running" | "canceling" | "completed";

export const TASK_EVENTS = ["resume", "suspend", "cancel", "finish"] as const;

/** What can happen to a task. `finish` covers success and failure: the row says which. */
export type TaskEvent = (typeof TASK_EVENTS)[number];

/** What a running task is doing at the moment, which docs/states.md explains; `none` for every other state. */
export type TaskActivity =
  | "none"
  /** On disk, not yet seen by the daemon. */
  | "waiting-for-daemon"
  | "waiting-for-network"
  /** Its `earliestBeginDate` is in the future. */
  | "waiting-for-date"
  /** Other tasks of its host go first. */
  | "waiting-for-turn"
  /** Another task of its queue goes first. */
  | "waiting-for-queue"
  /** A task of its queue ended badly, and the queue waits until a page resumes it or repeats that task. */
  | "queue-held"
  /** It comes after tasks that have not succeeded yet. */
  | "waiting-for-tasks"
  /** The session requires Background Fetch, which only a page can start; in some browsers only after a click. */
  | "waiting-for-page"
  /** It is discretionary, and waits for mains power, a network that costs nothing, and the end of other tasks. */
  | "waiting-for-idle"
  /** The configuration does not allow the current network. */
  | "waiting-for-allowed-network"
  | "backing-off"
  /**
   * The app's `willSend` holds it back, the answer had one of its `waitStatuses`, or the delegate is asked
   * (`didReceiveChallenge`, `willBeginDelayedRequest`); `resume()` tries again.
   */
  | "needs-authorization"
  | "connecting"
  | "transferring"
  /** All bytes are received; they are being checked and stored. */
  | "finishing";

/**
 * The table of transitions; everything else about states follows from it. `"-"`: the event is ignored.
 *
 *     suspended ⇄ running      resume, suspend
 *         └──┬───────┘  cancel
 *        canceling      finish
 *            └──────→ completed   (from running too, and from suspended when its time is over)
 */
const TRANSITIONS: Record<TaskState, Record<TaskEvent, TaskState | "-">> = {
  suspended: { resume: "running", suspend: "-", cancel: "canceling", finish: "completed" },
  running: { resume: "-", suspend: "suspended", cancel: "canceling", finish: "completed" },
  canceling: { resume: "-", suspend: "-", cancel: "-", finish: "completed" },
  completed: { resume: "-", suspend: "-", cancel: "-", finish: "-" },
};

export const TASK_STATES: readonly TaskState[] = Object.keys(TRANSITIONS) as TaskState[];

/** Returns the state after `event`, which is `state` itself if the event is ignored. */
export function nextState(state: TaskState, event: TaskEvent): TaskState {
  // A row may be of another version, or damaged: a task in an unknown state can be ended, and nothing else.
  const next = TRANSITIONS[TASK_STATES.includes(state) ? state : "canceling"][event];
  return next === "-" ? state : next;
}

/** Whether nothing is left to end. */
export function isFinished(state: TaskState): boolean {
  return nextState(state, "finish") === state;
}
