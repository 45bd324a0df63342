import { dueNotifications, settleNotification } from "../../store/notifications.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { Presence } from "../pages/presence.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import type { TaskNotification } from "../ports/task-notification.ts";

/** The user knows of ends that the app or the user wanted. */
const WANTED_ENDS: ReadonlySet<string> = new Set(["cancelled", "user-cancelled"]);

export interface NotificationsOptions {
  readonly host: DaemonHost;
  readonly presence: Presence;
  readonly mayShow: () => boolean;
  readonly onShown: () => void;
}

/** Returns the notification for a finished task; undefined if the user need not be notified. */
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
      // If it is shown twice because the worker was stopped in between, the second replaces the first.
      tag: `background-session:${tag}`,
      data: { backgroundSession: { session: row.session, id: row.id, url } },
    },
  };
}

/**
 * Notifies the user of tasks that ended while no page was visible. What is due is on disk with the task, so that it is
 * neither forgotten nor repeated when the worker is stopped.
 */
export class Notifications {
  readonly #options: NotificationsOptions;
  #isRequested = false;
  #showing: Promise<void> = Promise.resolve();

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  /** Shows what is due, soon, once for all the reasons of a turn. */
  readonly request = (): void => {
    this.#isRequested = true;
    setTimeout(() => this.show(), 0);
  };

  /** Shows what is due if that was requested. */
  show(): void {
    const { mayShow, onShown } = this.#options;
    if (!this.#isRequested || !mayShow()) return;
    this.#isRequested = false;
    this.#showing = this.#showing.then(() => this.#showDue()).catch(this.#logFailure);
    void this.#showing.then(onShown);
  }

  async #showDue(): Promise<void> {
    const { host, presence } = this.#options;
    for (const row of await dueNotifications(host.database)) {
      // A page of the app may lie outside of the scope: it says itself that it is seen.
      const isSeen = presence.isVisible || (await host.isLookedAt());
      const notification = isSeen ? undefined : notificationOf(row);
      // Rejects without the user's permission: nothing is shown then.
      if (notification !== undefined) await this.#notify(row, notification).catch(this.#logFailure);
      await settleNotification(host.database, row);
    }
  }

  async #notify({ session, id }: TaskRow, notification: TaskNotification): Promise<void> {
    const { host } = this.#options;
    await host.notify(notification);
    host.log({ level: "info", message: "The user was told.", session, taskId: id });
  }

  readonly #logFailure = (error: unknown): void => {
    const message = `A notification was not shown: ${String(error)}`;
    this.#options.host.log({ level: "warning", message });
  };
}
