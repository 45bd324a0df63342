import type { TaskSnapshot } from "../app/index.ts";
import { make } from "./make-element.ts";
import { type End, endOf, endSentence, isMoving, nameOf } from "./row-view.ts";
import type { Words } from "./words.ts";

/** More news at once than this are counted instead of told one by one. */
const TOLD_SINGLY = 3;

/** A screen reader gets news at most this often. */
const PAUSE_MS = 1000;

/** How far a task is: it waits, it has started, each quarter of the way, and one of its ends. What is higher is news. */
const WAITING = -1;
const STARTED = 0;
const ENDED = 4;

const ENDS = ["succeeded", "failed", "cancelled"] as const satisfies End[];

/** What has been said of a task. */
interface Said {
  readonly task: TaskSnapshot;
  readonly stage: number;
}

/** Tells screen readers when a task starts, ends or fails, and each quarter of the way: one region for the list. */
export class Announcements {
  readonly element: HTMLElement = make("p", { role: "status", class: "spoken" });
  #said: Map<string, Said> | undefined;
  readonly #news = new Map<string, Said>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Looks for news. The first time there are none. */
  notice(listed: ReadonlyMap<string, TaskSnapshot>, words: Words): void {
    const said = this.#said ?? new Map<string, Said>();
    for (const [key, task] of listed) {
      const before = said.get(key);
      if (before?.task === task) continue;
      const now = { task, stage: stageOf(task) };
      said.set(key, now);
      if (this.#said !== undefined && now.stage > (before?.stage ?? WAITING)) this.#news.set(key, now);
    }
    for (const key of said.keys()) if (!listed.has(key)) said.delete(key);
    this.#said = said;
    if (this.#news.size > 0) this.#timer ??= setTimeout(() => this.#tell(words), PAUSE_MS);
  }

  /** Begins anew: of what is noticed next, there are no news. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#said = undefined;
    this.#news.clear();
  }

  #tell(words: Words): void {
    this.#timer = undefined;
    const news = [...this.#news.values()];
    this.#news.clear();
    const texts =
      news.length > TOLD_SINGLY ? countsOf(news, words) : news.map((one) => sentenceOf(one, words));
    this.element.textContent = texts.join(". ");
  }
}

function stageOf(task: TaskSnapshot): number {
  const end = endOf(task);
  if (end !== undefined) return ENDED + ENDS.indexOf(end);
  return isMoving(task) ? Math.min(3, Math.floor((task.progress.fraction ?? 0) * 4)) : WAITING;
}

function sentenceOf({ task, stage }: Said, words: Words): string {
  const { messages, formats } = words;
  const started = stage === STARTED ? messages.transferring[task.kind] : formats.percent(stage / ENDED);
  return `${nameOf(task)}: ${stage < ENDED ? started : endSentence(task, words)}`;
}

function countsOf(news: readonly Said[], { messages, formats }: Words): string[] {
  const names = news.map(({ stage }) => ENDS[stage - ENDED] ?? "running");
  const told = (["running", ...ENDS] as const).filter((name) => names.includes(name));
  return told.map((name) =>
    formats.count(messages.counts[name], names.filter((other) => other === name).length),
  );
}
