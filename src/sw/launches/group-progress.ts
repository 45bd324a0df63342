import type { GroupNotification, StoredConfiguration } from "../../protocol/configuration.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { Presence } from "../pages/presence.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import type { TaskNotification } from "../ports/task-notification.ts";

/** Notifications of a group follow each other no faster. */
const INTERVAL_MS = 1_000;
/** No event tells that the last visible page has crashed. */
const SEEN_MS = 5_000;

export interface GroupProgressOptions {
  readonly host: Pick<DaemonHost, "notify" | "shown" | "hide" | "isLookedAt" | "log">;
  readonly presence: Pick<Presence, "isVisible">;
  /** The unfinished tasks. */
  readonly rows: () => readonly TaskRow[];
  readonly configurationOf: (row: Pick<TaskRow, "session">) => StoredConfiguration;
  /** Whether a group of any session has a notification. Few apps have one: theirs alone look at each task. */
  readonly hasNotification: () => boolean;
}

/** How far a group is: kept in its notification, so that a worker that starts goes on counting. */
interface Progress {
  readonly done: number;
  readonly left: number;
}

interface Group {
  readonly session: string;
  readonly name: string;
}

/** Shows the user how far the groups are that have a notification, while no page is visible. */
export class GroupProgress {
  readonly #options: GroupProgressOptions;
  /** The groups that have, or had, unfinished tasks: by tag. */
  readonly #groups = new Map<string, Group>();
  readonly #progress = new Map<string, Progress>();
  /** How many tasks have ended since the last look: by tag. */
  readonly #ended = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #showing: Promise<void> = Promise.resolve();

  constructor(options: GroupProgressOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier worker has shown. */
  async start(): Promise<void> {
    const { host } = this.#options;
    for (const { tag, data } of await host.shown()) {
      const { session, group: name } = shownIn(data);
      if (typeof session === "string" && typeof name === "string") this.#groups.set(tag, { session, name });
    }
    this.look();
  }

  /** A task has ended. */
  ended({ session, group: name }: TaskRow): void {
    if (name === undefined || this.#notificationOf({ session, name }) === undefined) return;
    const tag = tagOf(session, name);
    this.#groups.set(tag, { session, name });
    this.#ended.set(tag, (this.#ended.get(tag) ?? 0) + 1);
  }

  /** Tasks have come or ended, or a page has come or gone. */
  look(): void {
    const rows = this.#options.hasNotification() ? this.#options.rows() : [];
    for (const { session, group: name } of rows) {
      if (name !== undefined && this.#notificationOf({ session, name }) !== undefined)
        this.#groups.set(tagOf(session, name), { session, name });
    }
    if (this.#groups.size > 0) this.#lookIn(INTERVAL_MS);
  }

  #lookIn(delayMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#showing = this.#showing.then(() => this.#showAll());
    }, delayMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #showAll(): Promise<void> {
    const { host } = this.#options;
    for (const [tag, group] of this.#groups) {
      await this.#show(tag, group).catch((error) =>
        host.log({ level: "warning", message: `The progress of a group was not shown: ${String(error)}` }),
      );
    }
  }

  async #show(tag: string, group: Group): Promise<void> {
    const { host, presence, rows } = this.#options;
    const notification = this.#notificationOf(group);
    const left = rows().filter((row) => row.session === group.session && row.group === group.name).length;
    const shown = (await host.shown()).find((one) => one.tag === tag);
    const { progress } = shownIn(shown?.data);
    const before = this.#progress.get(tag) ?? progress ?? { done: 0, left };
    const ended = this.#ended.get(tag) ?? 0;
    this.#ended.delete(tag);
    // What had ended before this worker started shows in what is left.
    const missed = this.#progress.has(tag) ? 0 : before.left - left;
    const done = before.done + Math.max(ended, missed);
    this.#progress.set(tag, { done, left });
    if (left === 0) {
      this.#groups.delete(tag);
      this.#progress.delete(tag);
    }
    const isSeen = presence.isVisible || (await host.isLookedAt());
    const title = left > 0 ? notification?.title : notification?.doneTitle;
    if (isSeen && left > 0) this.#lookIn(SEEN_MS);
    if (isSeen || title === undefined || notification === undefined) return host.hide(tag);
    // Nothing has ended yet, or it says so already.
    if (done === 0 || (shown !== undefined && done === progress?.done && left === progress.left)) return;
    await host.notify(notificationFor(group, notification, title, tag, { done, left }));
  }

  #notificationOf({ session, name }: Group): GroupNotification | undefined {
    return this.#options.configurationOf({ session }).groups[name]?.notification;
  }
}

function tagOf(session: string, name: string): string {
  return `background-session:group:${JSON.stringify([session, name])}`;
}

function notificationFor(
  group: Group,
  { body, icon, url, cancelTitle }: GroupNotification,
  title: string,
  tag: string,
  progress: Progress,
): TaskNotification {
  const { done, left } = progress;
  const words: Record<string, string> = { done: `${done}`, total: `${done + left}`, group: group.name };
  const text = (template: string): string =>
    template.replaceAll(/\{(done|total|group)\}/g, (_, word) => words[word] ?? "");
  return {
    title: text(title),
    options: {
      ...(body !== undefined && { body: text(body) }),
      ...(icon !== undefined && { icon }),
      ...(cancelTitle !== undefined &&
        left > 0 && { actions: [{ action: CANCEL_GROUP, title: text(cancelTitle) }] }),
      tag,
      silent: true,
      data: { backgroundSession: { session: group.session, group: group.name, url, progress } },
    },
  };
}

/** The action of the button that cancels the tasks of a group. */
export const CANCEL_GROUP = "cancel-group";

interface Shown {
  readonly session?: unknown;
  readonly group?: unknown;
  readonly progress?: Progress;
}

function shownIn(data: unknown): Shown {
  return (data as { backgroundSession?: Shown } | null | undefined)?.backgroundSession ?? {};
}
