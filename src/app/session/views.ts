import type { SessionSnapshot } from "../background-session.ts";
import type { Changes } from "../changes.ts";
import { snapshotsOf } from "../snapshots.ts";
import type { SnapshotSource } from "../task-group.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import { TaskSelection } from "../tasks/task-selection.ts";
import { tasksSnapshot } from "../tasks/tasks-snapshot.ts";

export interface ViewsOptions {
  readonly changes: Changes;
  readonly tasks: TaskRegistry;
  /** What a session has beside its tasks. */
  readonly facts: () => Pick<SessionSnapshot, "role" | "isOpen" | "error">;
  /** Lets a selection go on that is held. */
  readonly release: (by: "group" | "queue", name: string) => Promise<void>;
}

/** What can be shown and followed: the session, its groups and its queues, one object for each. */
export class Views {
  readonly session: SnapshotSource<SessionSnapshot>;
  readonly #options: ViewsOptions;
  readonly #selections = new Map<string, TaskSelection>();

  constructor(options: ViewsOptions) {
    const { changes, tasks, facts } = options;
    this.#options = options;
    this.session = snapshotsOf(changes, (last) => ({
      ...tasksSnapshot(tasks, undefined, last),
      ...facts(),
    }));
  }

  selection(by: "group" | "queue", name: string): TaskSelection {
    const known = this.#selections.get(by + name);
    if (known !== undefined) return known;
    const { changes, tasks, release } = this.#options;
    const selection = new TaskSelection(by, name, tasks, changes, () => release(by, name));
    this.#selections.set(by + name, selection);
    return selection;
  }
}
