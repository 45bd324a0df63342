import type { BackgroundTask } from "../src/app/index.ts";
import type { Timeline } from "./library/timeline.ts";
import type { Launch, LaunchEvent, NamedTask } from "./library/timeline-entry.ts";
import type { DurableDelegate } from "./library-delegate.ts";

/** Logs what happens to one session in one launch. */
export class LaunchLog {
  readonly #timeline: Promise<Timeline>;
  readonly #session: string;
  readonly #launch: Launch;

  constructor(timeline: Promise<Timeline>, session: string, place: Launch["place"]) {
    this.#timeline = timeline;
    this.#session = session;
    this.#launch = { id: crypto.randomUUID(), place };
  }

  /** Never rejects: a log that cannot be written must not stop what it records. */
  async add(event: LaunchEvent): Promise<void> {
    // The time is that of the event, however long the write takes.
    const entry = { at: Date.now(), session: this.#session, launch: this.#launch, event };
    await this.#timeline.then((timeline) => timeline.add(entry)).catch(reportError);
  }

  /** Returns a delegate that does what `inner` does and logs each delivery that succeeded. */
  deliveriesTo(inner: DurableDelegate): DurableDelegate {
    return {
      ...inner,
      didFinishDownloading: async (task, file, event) => {
        await inner.didFinishDownloading?.(task, file, event);
        await this.add({ kind: "file-delivered", task: named(task), delivery: event.delivery });
      },
      didComplete: async (task, error, event) => {
        await inner.didComplete?.(task, error, event);
        const { delivery } = event;
        await this.add({ kind: "end-delivered", task: named(task), delivery, failure: error?.code });
      },
    };
  }
}

function named({ id, description }: BackgroundTask): NamedTask {
  return { id, name: description ?? id };
}
