import type { Command, TaskAction, TaskAmendment } from "../../protocol/commands.ts";
import type { ResumeData } from "../../protocol/resume-data.ts";
import { SessionError } from "../../protocol/session-error.ts";
import type { TaskInfo } from "../../protocol/task-info.ts";
import { releaseQueue } from "../../store/queues.ts";
import { taskInfoOf } from "../../store/task-info-of.ts";
import { readTask } from "../../store/tasks.ts";
import type { TaskModel, TaskPort } from "../tasks/task-model.ts";
import { readResult, responseOf, resumeDataOf, type TaskResult } from "../tasks/task-result.ts";
import { GONE } from "./reattachment.ts";
import type { SessionContext } from "./session-context.ts";

/** Does for a handle what the daemon and the disk have to do: control the task, and read what became of it. */
export class TaskOperations implements TaskPort {
  readonly #context: SessionContext;
  /** Lets a task that is not written yet run from the start. Returns false if it is written. */
  readonly #resumeDraft: (key: string) => boolean;
  readonly #onSilence: () => void;
  isStale = false;

  constructor(context: SessionContext, resumeDraft: (key: string) => boolean, onSilence: () => void) {
    this.#context = context;
    this.#resumeDraft = resumeDraft;
    this.#onSilence = onSilence;
  }

  check(): void {
    this.#context.life.check();
  }

  changed(): void {
    this.#context.changes.mark();
  }

  async control(model: TaskModel, action: TaskAction, reason?: string): Promise<void> {
    const { key } = model.info;
    if (action === "resume" && this.#resumeDraft(key)) {
      await model.stored;
      return;
    }
    const { inserted } = await model.stored;
    // A handle that mirrors an older task leaves that one as it is.
    if (!inserted) return;
    this.check();
    await this.#request({ type: "control", session: this.#context.identifier, key, action, reason });
    if (action === "resume") await this.#context.link.askForSync();
  }

  amend(model: TaskModel, amendment: TaskAmendment): void {
    this.check();
    model.info = { ...model.info, ...amendment } as TaskInfo;
    const { key } = model.info;
    model.stored
      .then(() => this.tell({ type: "prioritize", session: this.#context.identifier, key, ...amendment }))
      .catch(() => {});
  }

  async resumeData({ info }: TaskModel): Promise<ResumeData | undefined> {
    const { link, identifier } = this.#context;
    const row = await readTask(link.database, identifier, info.key);
    return row && resumeDataOf(taskInfoOf(row));
  }

  async result({ info }: TaskModel): Promise<TaskResult> {
    const { link, identifier } = this.#context;
    const { database } = link;
    try {
      const row = await readTask(database, identifier, info.key);
      if (row !== undefined) return await readResult(database, row);
    } catch (error) {
      return { error: error as SessionError };
    }
    const response = info.response && responseOf(info.response, null);
    const failure = info.failure ?? GONE;
    return { ...(response && { response }), error: SessionError.from(failure, { taskId: info.id }) };
  }

  /** Lets a queue go on that a failed task holds. */
  async releaseQueue(queue: string): Promise<void> {
    const { link, identifier } = this.#context;
    const keys = await releaseQueue(link.database, identifier, queue);
    if (keys.length > 0) this.tell({ type: "inserted", session: identifier, keys });
  }

  /** Sends a command whose answer nobody waits for. */
  tell(command: Command): void {
    this.#request(command).catch(({ code }) => {
      if (code === "daemon-missing") this.#onSilence();
    });
  }

  /** Has the daemon told of the session's configuration. */
  tellConfigured(): void {
    this.tell({ type: "configured", session: this.#context.identifier });
  }

  #request(command: Command): Promise<unknown> {
    const { link, life } = this.#context;
    return link.request(command, undefined, life.closed);
  }
}
