import type { Notice } from "../../protocol/notices.ts";
import type { TaskInfo } from "../../protocol/task-info.ts";
import { notify } from "../report.ts";
import { TaskHandle } from "../tasks/task-handle.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import type { SessionDelegate } from "./delegate.ts";

export interface NoticeReaderOptions {
  readonly session: string;
  readonly tasks: TaskRegistry;
  readonly delegate: SessionDelegate;
  /** Whether this realm delivers the durable events of finished tasks: their handles are kept for that. */
  readonly isDelivering: () => boolean;
  readonly onEvents: () => void;
  readonly onDeleted: () => void;
  readonly onDaemonStarted: () => void;
}

/** Updates this realm's handles from the daemon's notices, and sends the transient messages to the delegate. */
export class NoticeReader {
  readonly #options: NoticeReaderOptions;
  /** Notices that came while the tasks were being read from disk. */
  readonly #early: Notice[] = [];
  /** Takes a notice. At first they are ignored: the tasks are not there yet. */
  hear: (notice: Notice) => void = () => {};

  constructor(options: NoticeReaderOptions) {
    this.#options = options;
  }

  /** Misses no notice from now on: the tasks are about to be read from disk. */
  collect(): void {
    this.hear = (notice) => this.#early.push(notice);
  }

  /** Reads what came meanwhile, and what comes from now on: the tasks are there. */
  begin(): void {
    this.hear = (notice) => this.#read(notice);
    for (const notice of this.#early.splice(0)) this.#read(notice);
  }

  #read(notice: Notice): void {
    const { session, tasks, delegate, onEvents, onDeleted, onDaemonStarted } = this.#options;
    if (notice.type === "daemon-started") onDaemonStarted();
    else if (notice.type === "fetch-offer" || notice.session !== session) return;
    else if (notice.type === "tasks") for (const info of notice.tasks) this.update(info);
    else if (notice.type === "events") onEvents();
    else if (notice.type === "session-deleted") onDeleted();
    else {
      const task = tasks.get(notice.key);
      if (task !== undefined) notify(() => delegate.didResumeAtOffset?.(task, notice.offset));
    }
  }

  /** Shows the state of a task. */
  update(info: TaskInfo): void {
    const { tasks, delegate, isDelivering } = this.#options;
    const known = tasks.get(info.key);
    // The notice that a task has ended may come after its events were settled.
    if (known === undefined && info.state === "completed") return;
    const before = known && TaskHandle.modelOf(known).info;
    const task = tasks.handleOf(info);
    const { kind, bytesReceived, bytesSent, activity } = TaskHandle.modelOf(task).info;
    if (kind === "download" && bytesReceived !== (before?.bytesReceived ?? 0)) {
      notify(() => delegate.didWriteData?.(task));
    }
    if (kind === "upload" && bytesSent > (before?.bytesSent ?? 0)) {
      notify(() => delegate.didSendBodyData?.(task));
    }
    if (activity === "waiting-for-network" && before?.activity !== activity) {
      notify(() => delegate.isWaitingForConnectivity?.(task));
    }
    notify(() => delegate.didChangeTask?.(task));
    if (info.state === "completed" && !isDelivering()) tasks.drop(info.key);
  }
}
