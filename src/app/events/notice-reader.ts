import type { Notice } from "../../protocol/notices.ts";
import type { TaskInfo } from "../../protocol/task-info.ts";
import { notify } from "../report.ts";
import { BackgroundTask } from "../tasks/task.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import type { SessionDelegate } from "./delegate.ts";

export interface NoticeReaderOptions {
  readonly session: string;
  readonly tasks: TaskRegistry;
  readonly delegate: SessionDelegate;
  /** Whether durable events of finished tasks will be delivered here: their handles stay for them. */
  readonly isDelivering: () => boolean;
  readonly onEvents: () => void;
  readonly onDeleted: () => void;
  readonly onDaemonStarted: () => void;
}

/** Brings the daemon's notices to the handles of this realm, and the transient messages to the delegate. */
export class NoticeReader {
  readonly #options: NoticeReaderOptions;
  /** Notices that came while the tasks were read from disk. */
  #early: Notice[] | undefined;
  #isReading = false;

  constructor(options: NoticeReaderOptions) {
    this.#options = options;
  }

  /** The tasks are about to be read from disk: from here on no notice may be missed. */
  collect(): void {
    this.#early = [];
  }

  /** The tasks are there. */
  begin(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#isReading = true;
    for (const notice of early) this.hear(notice);
  }

  hear(notice: Notice): void {
    if (!this.#isReading) this.#early?.push(notice);
    else if (notice.type === "daemon-started") this.#options.onDaemonStarted();
    else if (notice.type !== "fetch-offer" && notice.session === this.#options.session) {
      this.#hearOfSession(notice);
    }
  }

  /** This is how a task stands. */
  update(info: TaskInfo): void {
    const { tasks, delegate, isDelivering } = this.#options;
    const known = tasks.get(info.key);
    // The notice of a task that ended may come after everything about it was settled.
    if (known === undefined && info.state === "completed") return;
    const before = known && BackgroundTask.modelOf(known).info;
    const task = tasks.handleOf(info);
    const { kind, bytesReceived, bytesSent, activity } = BackgroundTask.modelOf(task).info;
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

  #hearOfSession(notice: Exclude<Notice, { type: "daemon-started" | "fetch-offer" }>): void {
    switch (notice.type) {
      case "tasks":
        for (const info of notice.tasks) this.update(info);
        break;
      case "resumed": {
        const task = this.#options.tasks.get(notice.key);
        if (task !== undefined) notify(() => this.#options.delegate.didResumeAtOffset?.(task, notice.offset));
        break;
      }
      case "events":
        this.#options.onEvents();
        break;
      case "session-deleted":
        this.#options.onDeleted();
    }
  }
}
