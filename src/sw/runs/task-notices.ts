import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { Inspection } from "../../protocol/inspection.ts";
import type { TaskInfo } from "../../protocol/task-info.ts";
import { isFinished } from "../../protocol/task-state.ts";
import type { TaskRow } from "../../store/schema.ts";
import { type LiveFacts, taskInfoOf } from "../../store/task-info-of.ts";
import { isCarried } from "../../store/tasks.ts";
import { chooseTransport } from "../decisions/choose-transport.ts";
import type { Plan } from "../decisions/scheduler.ts";
import type { NoticeBoard } from "../pages/notice-board.ts";
import type { LiveRows } from "./live-rows.ts";
import type { Runs } from "./runs.ts";
import type { World } from "./world.ts";

type Waiting = Pick<Plan, "waiting" | "nextAttempts">;

export interface TaskNoticesOptions {
  readonly board: NoticeBoard;
  readonly rows: LiveRows;
  readonly runs: Runs;
  readonly configurationOf: (row: TaskRow) => StoredConfiguration;
  readonly world: World;
}

/** Tells pages how tasks stand: their rows, and what only the running daemon knows of them. */
export class TaskNotices {
  readonly #options: TaskNoticesOptions;
  /** Why tasks wait, as of the last plan. */
  #plan: Waiting = { waiting: new Map(), nextAttempts: new Map() };

  constructor(options: TaskNoticesOptions) {
    this.#options = options;
  }

  /** Tells how the task stands when the notice goes out; nothing if the task was deleted by then. */
  readonly tell = (row: TaskRow): void => {
    this.#options.board.task(row.session, row.key, this.#infoOf(row));
  };

  /** The same, as often as the session wants to hear of progress. */
  readonly tellProgress = (row: TaskRow): void => {
    const { board, configurationOf } = this.#options;
    const intervalMs = configurationOf(row).minimumProgressInterval * 1000;
    board.progress(row.session, row.key, this.#infoOf(row), intervalMs);
  };

  #infoOf(row: TaskRow): () => TaskInfo | undefined {
    const { rows, runs } = this.#options;
    const { key } = row;
    return () => {
      const current = rows.byKey.get(key);
      if (current === undefined) return isFinished(row.state) ? taskInfoOf(row) : undefined;
      const facts = runs.factsOf(key) ?? this.#factsOfWaiting(current);
      return taskInfoOf(current, { ...facts, ...this.#transportOf(current) });
    };
  }

  /** Returns what each of the tasks is doing. */
  activitiesOf(rows: readonly TaskRow[]): Inspection["activities"] {
    return rows.map((row) => [row.key, this.#infoOf(row)()?.activity]);
  }

  /** Tells why tasks wait, if that has changed. */
  tellWaiting({ waiting, nextAttempts }: Waiting): void {
    const before = this.#plan;
    this.#plan = { waiting, nextAttempts };
    for (const [row, activity] of waiting)
      if (before.waiting.get(row) !== activity || before.nextAttempts.get(row) !== nextAttempts.get(row))
        this.tell(row);
  }

  /** A row that has changed since the plan is planned anew in a moment. */
  #factsOfWaiting(row: TaskRow): LiveFacts {
    const { waiting, nextAttempts } = this.#plan;
    return { activity: waiting.get(row) ?? "waiting-for-turn", nextAttemptAt: nextAttempts.get(row) };
  }

  #transportOf(row: TaskRow): Pick<LiveFacts, "transport"> {
    const { runs, configurationOf, world } = this.#options;
    const { backgroundFetch, key } = row;
    if (backgroundFetch !== undefined && isCarried(row))
      return { transport: { way: "background-fetch", reason: backgroundFetch.reason } };
    const isRunning = runs.byKey.has(key);
    const { way, reason } = chooseTransport(row, configurationOf(row), world.transport, isRunning);
    return way === "none" ? {} : { transport: { way, reason } };
  }
}
