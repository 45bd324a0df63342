import type { AppsAnswer } from "../../protocol/questions.ts";
import type { SecretPolicy } from "../../protocol/secret-headers.ts";
import type { Database } from "../../store/database.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import type { CompletionHandler } from "./completion-handler.ts";
import type { SessionDelegate } from "./delegate.ts";

/** The receiver of a session's events, and the tasks that it is told of. */
export interface EventReceiver {
  /** Undefined if the session was opened without anybody who listens: it gets only what an added handler is for. */
  readonly delegate: SessionDelegate | undefined;
  /** Returns the completion handler of that name; undefined if this realm has none. */
  readonly handlerOf: (name: string) => CompletionHandler | undefined;
  readonly tasks: TaskRegistry;
  /** Brings the app's answer to a question to the daemon. */
  readonly answer: (row: TaskRow, eventId: string, answer: AppsAnswer) => Promise<unknown>;
  /** What may be stored of another request. */
  readonly secrets: () => SecretPolicy;
}

/** What a delivery has beside the receiver. */
export interface DeliveryOptions extends EventReceiver {
  readonly database: Database;
  readonly session: string;
  /** The app was launched for the events: it is told that all were offered even if a page was faster (E6). */
  readonly isLaunched: boolean;
  /** Every event that was there at the beginning has been offered, and there was one. */
  readonly onOffered: () => void;
  /** The last event of a task was acknowledged. */
  readonly onSettled: (taskKey: string) => void;
}

/** Calls the app with an event. */
export type EventCall = () => unknown;
