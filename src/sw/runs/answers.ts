import { pause } from "../../async/pause.ts";
import type { Command } from "../../protocol/commands.ts";
import { originOf } from "../../protocol/origin-of.ts";
import { outageDelayMs } from "../../protocol/storage-outage.ts";
import type { TaskRow } from "../../store/schema.ts";
import { changed } from "../../store/tasks.ts";
import { afterAnswer } from "../decisions/after-answer.ts";
import { released } from "../decisions/after-outcome.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import type { ActiveRun } from "./active-run.ts";
import type { LiveRows } from "./live-rows.ts";
import type { TaskLog } from "./task-log.ts";

export interface AnswersOptions {
  readonly host: Pick<DaemonHost, "now" | "random">;
  readonly rows: LiveRows;
  readonly log: TaskLog;
  readonly replan: () => void;
}

/** What the app is asked about tasks, and what becomes of them with its answers. */
export class Answers {
  readonly #options: AnswersOptions;
  /** How many answers have come. */
  count = 0;
  /** The last of them that let all go on that waited for one thing. */
  readonly #renewals = new Map<string, number>();
  /** The tasks whose questions are being stored. */
  readonly #asking = new Set<string>();

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** Asks the app whether a task may begin. Never rejects: the next plan finds the task again. */
  async ask(row: TaskRow): Promise<void> {
    const { rows, log, replan } = this.#options;
    const { session, key } = row;
    if (this.#asking.has(key)) return;
    this.#asking.add(key);
    try {
      await rows.change(session, key, (current) =>
        current.state === "running" && current.asksToBegin
          ? changed(current, { hold: { asksAgain: false, asks: "willBeginDelayedRequest" } })
          : current,
      );
    } catch (error) {
      log("error", row, `The app could not be asked: ${String(error)}`);
      await pause(outageDelayMs(1));
      replan();
    }
    this.#asking.delete(key);
  }

  /**
   * Takes an answer of the app's. If it says that a challenge is met, every task of the session that waits for the same
   * thing goes on.
   */
  async take({ session, key, eventId, answer }: Extract<Command, { type: "answer" }>): Promise<void> {
    const { rows, host } = this.#options;
    const facts = { now: host.now(), jitter: host.random() };
    // What begins from now on may know of it.
    this.count += 1;
    const nth = this.count;
    let met: string | undefined;
    await rows.change(session, key, async (row, tx) => {
      const events = await tx.objectStore("outbox").index("by-task").getAll([session, key]);
      // It may come twice, and be about a question that is over.
      if (!events.some((event) => event.eventId === eventId && event.type === row.hold?.asks)) return row;
      if (answer.disposition === "continue" && answer.request === undefined) met = thingOf(row);
      if (met !== undefined) this.#renewals.set(met, nth);
      return afterAnswer(row, answer, facts);
    });
    if (met === undefined) return;
    const waiting = [...rows.byKey.values()].filter((row) => thingOf(row) === met);
    const goOn = (row: TaskRow): TaskRow => (thingOf(row) === met ? released(row) : row);
    await Promise.all(waiting.map((row) => rows.change(session, row.key, goOn)));
  }

  /** Whether the app has met such a challenge since the run began. */
  isNewerThan(
    { row, answersBefore }: ActiveRun,
    { challenge }: Extract<Outcome, { kind: "withheld" }>,
  ): boolean {
    return (
      challenge !== undefined && (this.#renewals.get(nameOf(row, challenge.status)) ?? 0) > answersBefore
    );
  }
}

/** Names what the task waits for: the same status of the same origin. */
function thingOf(row: TaskRow): string | undefined {
  const { hold } = row;
  return hold?.asks === "didReceiveChallenge" ? nameOf(row, hold.status ?? 0) : undefined;
}

function nameOf({ session, request }: TaskRow, status: number): string {
  return JSON.stringify([session, originOf(request.url), status]);
}
