/** Apple's four public states. `canceling` is what a handle shows until the daemon has recorded a `cancel()`. */
export type TaskState = "suspended" | "running" | "canceling" | "completed";

/** What can happen to a task. `finish` covers success and failure: the row says which. */
export type TaskEvent = "resume" | "suspend" | "cancel" | "finish";

/** What a running task is doing at the moment; `none` for every other state. */
export type TaskActivity =
  | "none"
  /** On disk, not yet seen by the daemon. */
  | "waiting-for-daemon"
  | "waiting-for-network"
  /** Its `earliestBeginDate` lies ahead. */
  | "waiting-for-date"
  /** Others of its host go first. */
  | "waiting-for-turn"
  /** Background Fetch, which the session insists on, can be started by a page alone; in some browsers after a click. */
  | "waiting-for-page"
  /** The configuration forbids the network in use. */
  | "waiting-for-allowed-network"
  | "backing-off"
  /** The app's `willSend` holds it back, or the server answered with one of its `waitStatuses`; `resume()` tries again. */
  | "needs-authorization"
  | "connecting"
  | "transferring"
  /** All bytes are here; they are being checked and recorded. */
  | "finishing";

/**
 * The one table of transitions, total over the states. An event that a state does not list is ignored there:
 *
 *     suspended ⇄ running      resume, suspend
 *         └──┬───────┘  cancel
 *        canceling      finish
 *            └──────→ completed   (from running too, and from suspended when its time is over)
 */
const TRANSITIONS: Record<TaskState, Partial<Record<TaskEvent, TaskState>>> = {
  suspended: { resume: "running", cancel: "canceling", finish: "completed" },
  running: { suspend: "suspended", cancel: "canceling", finish: "completed" },
  canceling: { finish: "completed" },
  completed: {},
};

export const TASK_STATES: readonly TaskState[] = Object.keys(TRANSITIONS) as TaskState[];
export const TASK_EVENTS: readonly TaskEvent[] = ["resume", "suspend", "cancel", "finish"];

/** Returns the state after `event`, which is `state` itself where the event means nothing. */
export function nextState(state: TaskState, event: TaskEvent): TaskState {
  return transitionsOf(state)[event] ?? state;
}

export function isFinished(state: TaskState): boolean {
  return Object.keys(transitionsOf(state)).length === 0;
}

/** What is read from disk may be of another version, or damaged: a state that nobody knows can still be ended. */
function transitionsOf(state: TaskState): Partial<Record<TaskEvent, TaskState>> {
  return TASK_STATES.includes(state) ? TRANSITIONS[state] : { finish: "completed" };
}
