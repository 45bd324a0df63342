import { BackgroundSession } from "../../src/app/index.ts";
import { registerWorker, WORKER_SCRIPT } from "../register-worker.ts";
import { PODCAST } from "../sessions.ts";
import { EPISODE } from "./episode.ts";

const ID = "episode";

export type EpisodeState =
  | { readonly kind: "absent"; readonly problem: string }
  /** `fraction` is 0 to 1, or undefined if it is unknown. */
  | { readonly kind: "loading"; readonly fraction: number | undefined; readonly isMoving: boolean }
  | { readonly kind: "stored" };

/** An episode that is downloaded into a cache, from which the worker plays it. */
export class Podcast {
  readonly #onChange: (state: EpisodeState) => void;
  #session: BackgroundSession | undefined;

  constructor(onChange: (state: EpisodeState) => void) {
    this.#onChange = onChange;
  }

  /** Opens the session. @throws SessionError as `BackgroundSession.open` does */
  async open(signal: AbortSignal): Promise<void> {
    const session = await BackgroundSession.open(PODCAST.identifier, {
      delegate: { didComplete: (_task, error) => this.#look(error?.message) },
      serviceWorker: (await registerWorker()) ?? WORKER_SCRIPT,
      signal,
    });
    this.#session = session;
    let wasLoading = true;
    session.subscribe(({ tasks: [task] }) => {
      // Only the page that owns the session is told how it ended.
      if (task === undefined && wasLoading && session.role === "observer") void this.#look();
      wasLoading = task !== undefined;
      if (task === undefined) return;
      const { fraction } = task.progress;
      this.#onChange({ kind: "loading", fraction, isMoving: task.activity === "transferring" });
    });
    if (session.tasks().length === 0) await this.#look();
  }

  async download(): Promise<void> {
    const { title, path, destination } = EPISODE;
    await this.#session?.downloadTask(path, { id: ID, description: title, destination }).resume();
  }

  async stop(): Promise<void> {
    await this.#session?.task(ID)?.cancel();
  }

  async remove(): Promise<void> {
    const cache = await caches.open(EPISODE.destination.cache);
    await cache.delete(EPISODE.path);
    await this.#look();
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }

  async #look(problem = ""): Promise<void> {
    const cache = await caches.open(EPISODE.destination.cache);
    const isStored = (await cache.match(EPISODE.path)) !== undefined;
    this.#onChange(isStored ? { kind: "stored" } : { kind: "absent", problem });
  }
}
