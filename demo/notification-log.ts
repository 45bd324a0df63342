import { Timeline } from "./library/timeline.ts";
import type { NotificationEvent } from "./library/timeline-entry.ts";

/** Missing from the types: when it was shown, in milliseconds since the epoch. */
type ShownNotification = Notification & { readonly timestamp?: number };

/** The data that the library attaches to each of its notifications: the task that it is about. */
interface Subject {
  readonly session: string;
  readonly id: string;
}

/** Logs what the user did with a notification, in a worker that the browser may have started only for that. */
export async function logReaction(
  kind: "notification-clicked" | "notification-dismissed",
  notification: Notification,
): Promise<void> {
  const timeline = await Timeline.open();
  await logShown(timeline, notification);
  await log(timeline, kind, notification, Date.now());
  timeline.close();
}

/** The library shows notifications after the launch is over and tells nobody: those still shown are logged here. */
export async function logStanding(
  timeline: Promise<Timeline>,
  registration: ServiceWorkerRegistration,
): Promise<void> {
  const standing = await registration.getNotifications();
  for (const notification of standing) await logShown(await timeline, notification);
}

function logShown(timeline: Timeline, notification: ShownNotification): Promise<void> {
  const { tag, timestamp = Date.now() } = notification;
  return log(timeline, "notification-shown", notification, timestamp, `shown ${tag} ${timestamp}`);
}

async function log(
  timeline: Timeline,
  kind: NotificationEvent["kind"],
  notification: Notification,
  at: number,
  eventId?: string,
): Promise<void> {
  const subject = subjectOf(notification);
  if (subject === undefined) return;
  const { session, id: taskId } = subject;
  await timeline.add({ at, session, event: { kind, title: notification.title, taskId } }, eventId);
}

function subjectOf({ data }: Notification): Subject | undefined {
  return (data as { backgroundSession?: Subject } | null)?.backgroundSession;
}
