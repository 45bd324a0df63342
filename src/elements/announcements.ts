import type { TaskSnapshot } from "../app/index.ts";
import { fill } from "./formats.ts";
import { make } from "./make-element.ts";
import { failureSentence, hasSucceeded, isMoving, nameOf } from "./row-view.ts";
import type { Words } from "./words.ts";

/** More news at once than this are counted instead of told one by one. */
const TOLD_SINGLY = 3;

/** A screen reader gets news at most this often. */
const PAUSE_MS = 1000;

type Stage = "waiting" | "started" | "reached" | "finished" | "failed";

/** What has been said of a task: a stage, and the quarters of the way. */
interface Said {
  readonly task: TaskSnapshot;
  readonly stage: Stage;
  readonly quarter: number;
}

/** Tells screen readers when a task starts, ends or fails, and each quarter of the way: one region for the list. */
export class Announcements {
  readonly element: HTMLElement = make("p", { role: "status", class: "spoken" });
  #said: ReadonlyMap<string, Said> | undefined;
  #news = new Map<string, Said>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Looks for news. The first time there are none. */
  notice(tasks: readonly TaskSnapshot[], words: Words): void {
    const said = new Map<string, Said>();
    for (const task of tasks) {
      const before = this.#said?.get(task.id);
      const now = before?.task === task ? before : saidOf(task);
      said.set(task.id, now);
      if (this.#said !== undefined && isNews(before, now)) this.#news.set(task.id, now);
    }
    this.#said = said;
    if (this.#news.size > 0) this.#timer ??= setTimeout(() => this.#tell(words), PAUSE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tell(words: Words): void {
    this.#timer = undefined;
    const news = [...this.#news.values()];
    this.#news = new Map();
    const texts =
      news.length > TOLD_SINGLY ? countsOf(news, words) : news.map((one) => sentenceOf(one, words));
    this.element.textContent = texts.join(". ");
  }
}

function saidOf(task: TaskSnapshot): Said {
  const quarter = Math.floor((task.progress.fraction ?? 0) * 4);
  if (task.state === "completed") return { task, stage: hasSucceeded(task) ? "finished" : "failed", quarter };
  if (!isMoving(task)) return { task, stage: "waiting", quarter };
  return { task, stage: quarter > 0 ? "reached" : "started", quarter };
}

/** Whether it goes on: what waits, or is further back than it was, is shown but not told. */
function isNews(before: Said | undefined, { stage, quarter }: Said): boolean {
  if (stage === "waiting" || (quarter > 3 && stage === "reached")) return false;
  if (before === undefined || before.stage === "waiting") return true;
  return stage !== "started" && (before.stage !== stage || quarter > before.quarter);
}

function sentenceOf({ task, stage, quarter }: Said, words: Words): string {
  const { messages, formats } = words;
  const name = nameOf(task);
  switch (stage) {
    case "reached":
      return `${name}: ${formats.percent(quarter / 4)}`;
    case "failed":
      return fill(messages.failed, { name, n: failureSentence(task, words) });
    default:
      return fill(stage === "finished" ? messages.finished : messages.started, { name });
  }
}

function countsOf(news: readonly Said[], { messages, formats }: Words): string[] {
  const count = (...stages: Stage[]) => news.filter(({ stage }) => stages.includes(stage)).length;
  const counts = [
    ["running", count("started", "reached")],
    ["succeeded", count("finished")],
    ["failed", count("failed")],
  ] as const;
  return counts.filter(([, n]) => n > 0).map(([name, n]) => formats.count(messages.counts[name], n));
}
