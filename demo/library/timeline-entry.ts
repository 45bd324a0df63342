import type { BackgroundSession, SessionErrorCode } from "../../src/app/index.ts";

/** One start of the app: a page that was opened, or a launch of the worker for the events of a session. */
export interface Launch {
  readonly id: string;
  readonly place: "page" | "worker";
}

export interface NamedTask {
  readonly id: string;
  readonly name: string;
}

/** The possible events of a launch. */
export type LaunchEvent =
  | { readonly kind: "launched" }
  | { readonly kind: "session-opened"; readonly role: BackgroundSession["role"] }
  | { readonly kind: "became-owner" }
  /** `delivery` is 1, and higher if an earlier one failed. */
  | { readonly kind: "file-delivered"; readonly task: NamedTask; readonly delivery: number }
  | {
      readonly kind: "end-delivered";
      readonly task: NamedTask;
      readonly delivery: number;
      readonly failure: SessionErrorCode | undefined;
    }
  | { readonly kind: "events-finished" }
  | { readonly kind: "handler-called" }
  | { readonly kind: "session-invalidated"; readonly reason: SessionErrorCode | undefined };

/** An event of a notification, which belongs to no launch: it outlives the one that it reports. */
export interface NotificationEvent {
  readonly kind: "notification-shown" | "notification-clicked" | "notification-dismissed";
  readonly title: string;
  /** Id of the task that it is about. */
  readonly taskId: string;
}

interface Line {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly session: string;
}

export type TimelineEntry =
  | (Line & { readonly launch: Launch; readonly event: LaunchEvent })
  | (Line & { readonly launch?: undefined; readonly event: NotificationEvent });
