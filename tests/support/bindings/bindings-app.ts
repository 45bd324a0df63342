import type { BackgroundSession, BackgroundTask, SessionDelegate } from "background-session";
import type { TransferActionDetail } from "background-session/elements";

/** What the app of a framework tells the tests. */
export interface BindingsApp {
  BackgroundSession: typeof BackgroundSession;
  /** The version of the framework; the app for Svelte has none. */
  readonly version?: string;
  /** Mounts a view of the app, in place of the one before; none if there is no name. */
  show(view?: string): void;
  /** Each status that was rendered, if it differs from the last one. */
  readonly statuses: string[];
  /** How often each row was rendered. */
  readonly renders: Record<string, number>;
  readonly events: string[];
  /** What the framework reported. */
  readonly faults: string[];
  /** Opens the session again, if the framework's binding can. */
  reopen?: () => void;
}

declare global {
  var bindings: BindingsApp;
}

export const statuses: string[] = [];
export const renders: Record<string, number> = {};
export const events: string[] = [];
export const faults: string[] = [];

export function noteStatus(status: string): void {
  if (statuses.at(-1) !== status) statuses.push(status);
}

export function noteRender(task: Pick<BackgroundTask, "id">): void {
  renders[task.id] = (renders[task.id] ?? 0) + 1;
}

/** Hears what the user asks of the panel, and lets nobody cancel. */
export function noteAction(event: CustomEvent<TransferActionDetail>): void {
  const { action, tasks } = event.detail;
  events.push(`asked ${action} ${tasks.length}`);
  if (action === "cancel") event.preventDefault();
}

export function delegateOf(version: number): SessionDelegate {
  return {
    didFinishDownloading: (task, file) => void events.push(`${version} file ${task.id} ${file.size}`),
    didComplete: (task) => void events.push(`${version} completed ${task.id}`),
    didBecomeInvalid: () => void events.push(`${version} invalid`),
  };
}
