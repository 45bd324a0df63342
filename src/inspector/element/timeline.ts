import { explain } from "../explain.ts";
import { logText } from "../log-text.ts";
import type { Picture, TaskPicture } from "../picture.ts";

/** Something that was seen of a task. */
export interface Sight {
  readonly at: number;
  readonly text: string;
}

/** So many sights of a task are kept. */
const KEPT = 200;

/** Remembers what changes from one picture to the next. */
export class Timeline {
  #last: Picture | undefined;
  readonly #sights = new Map<string, Sight[]>();

  /** Compares a picture with the one before. */
  see(picture: Picture): void {
    const before = new Map(this.#last?.tasks.map((task) => [keyOf(task), task]));
    const worker = this.#last && changeOfWorker(this.#last, picture);
    for (const task of picture.tasks) {
      if (worker !== undefined) this.#add(task, picture.takenAt, worker);
      for (const text of changesOf(before.get(keyOf(task)), task, picture.takenAt))
        this.#add(task, picture.takenAt, text);
    }
    this.#last = picture;
  }

  /** Returns what is known of a task in order of time: stored dates and attempts, lines of the log, and what was seen. */
  of(task: TaskPicture, { log, launches }: Picture): Sight[] {
    const stored: Sight[] = [{ at: task.createdAt, text: "made" }];
    for (const { startedAt, endedAt, status, bytesReceived, bytesSent } of task.metrics) {
      stored.push({ at: startedAt, text: "attempt began" });
      const answer = status === undefined ? "without an answer" : `with HTTP ${status}`;
      stored.push({ at: endedAt, text: `attempt ended ${answer}, ${bytesReceived + bytesSent} bytes` });
    }
    if (task.finishedAt !== undefined) stored.push({ at: task.finishedAt, text: "finished" });
    for (const { session, begunAt, tries } of launches)
      if (session === task.session) stored.push({ at: begunAt, text: `the app was launched, try ${tries}` });
    // A launch is of the whole session.
    const lines = log
      .filter(({ session, taskId = task.id }) => session === task.session && taskId === task.id)
      .map(({ at, level, message }) => ({ at, text: `log, ${level}: ${logText(message)}` }));
    return [...stored, ...lines, ...(this.#sights.get(keyOf(task)) ?? [])].sort((a, b) => a.at - b.at);
  }

  #add(task: TaskPicture, at: number, text: string): void {
    const sights = this.#sights.get(keyOf(task)) ?? [];
    this.#sights.set(keyOf(task), sights);
    if (sights.push({ at, text }) > KEPT) sights.shift();
  }
}

export function keyOf({ session, key }: TaskPicture): string {
  return JSON.stringify([session, key]);
}

function changeOfWorker({ worker: before }: Picture, { worker }: Picture): string | undefined {
  if (before.startedAt === worker.startedAt) return undefined;
  return worker.startedAt === undefined ? "the worker stopped" : "the worker started";
}

function changesOf(before: TaskPicture | undefined, task: TaskPicture, now: number): string[] {
  if (before === undefined) return [explain(task, now)];
  const changes: string[] = [];
  if (before.attempts !== task.attempts) changes.push(`attempt ${task.attempts}`);
  if (before.bytesReceived !== task.bytesReceived) changes.push(`${task.bytesReceived} bytes received`);
  if (before.bytesSent !== task.bytesSent) changes.push(`${task.bytesSent} bytes sent`);
  if (before.state !== task.state || before.activity !== task.activity) changes.push(explain(task, now));
  return changes;
}
