import { dueNotifications, settleNotification } from "../../store/notifications.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { Presence } from "../pages/presence.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";

/** Ends that the app or the user brought about need no telling. */
const WANTED_ENDS: ReadonlySet<string> = new Set(["cancelled", "user-cancelled"]);

export interface TaskNotification {
  readonly title: string;
  readonly options: NotificationOptions;
}

/** Returns what the user is to be told of a finished task; undefined for nothing. */
export function notificationOf(row: TaskRow): TaskNotification | undefined {
  const { notification, failure, response } = row;
  if (notification === undefined || WANTED_ENDS.has(failure?.code ?? "")) return undefined;
  const hasFailed = failure !== undefined || (response !== undefined && response.status >= 400);
  const title = hasFailed ? notification.failureTitle : notification.title;
  if (title === undefined) return undefined;
  const { body, icon, tag = row.key, url } = notification;
  const text = (template: string): string =>
    template.replaceAll("{description}", () => row.description ?? row.id);
  return {
    title: text(title),
    options: {
      ...(body !== undefined && { body: text(body) }),
      ...(icon !== undefined && { icon }),
      // A notification that is shown twice, since the worker died in between, is one.
      tag: `background-session:${tag}`,
      data: { backgroundSession: { session: row.session, id: row.id, url } },
    },
  };
}

/**
 * Tells the user of tasks that have ended while nobody was looking. What is due lies on disk with the task, so that it
 * is neither forgotten nor repeated when the worker is stopped.
 */
export class Notifications {
  readonly #host: DaemonHost;
  readonly #presence: Presence;
  #showing: Promise<void> = Promise.resolve();

  constructor(host: DaemonHost, presence: Presence) {
    this.#host = host;
    this.#presence = presence;
  }

  /** Shows what is due, once for all the reasons of a turn. Never rejects. */
  show(): Promise<void> {
    this.#showing = this.#showing.then(() => this.#showDue()).catch(this.#report);
    return this.#showing;
  }

  async #showDue(): Promise<void> {
    for (const row of await dueNotifications(this.#host.database)) {
      // A page of the app may lie outside of the scope: it says itself that it is seen.
      const isSeen = this.#presence.isVisible || (await this.#host.isLookedAt());
      const notification = isSeen ? undefined : notificationOf(row);
      // Without the user's permission it rejects, and nobody is to be told.
      if (notification !== undefined) await this.#tell(row, notification).catch(this.#report);
      await settleNotification(this.#host.database, row);
    }
  }

  async #tell({ session, id }: TaskRow, notification: TaskNotification): Promise<void> {
    await this.#host.notify(notification);
    this.#host.log({ level: "info", message: "The user was told.", session, taskId: id });
  }

  readonly #report = (error: unknown): void => {
    this.#host.log({ level: "warning", message: `A notification was not shown: ${String(error)}` });
  };
}
