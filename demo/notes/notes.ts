import { BackgroundSession, type TaskSnapshot } from "../../src/app/index.ts";
import { registerWorker, WORKER_SCRIPT } from "../register-worker.ts";
import { NOTES } from "../sessions.ts";

const QUEUE = "notes";
const LISTED = 20;
/** The server refuses each note twice, and says when to try again. */
const BUSY = { status: "503", times: "2", retryAfter: "6" };

/** Notes that reach the server in the order in which they were written. */
export class Notes {
  readonly #onChange: (notes: readonly TaskSnapshot[]) => void;
  #session: BackgroundSession | undefined;
  #earlier: readonly TaskSnapshot[] = [];

  /** @param onChange gets the notes, the newest first */
  constructor(onChange: (notes: readonly TaskSnapshot[]) => void) {
    this.#onChange = onChange;
  }

  /** Opens the session. @throws SessionError as `BackgroundSession.open` does */
  async open(signal: AbortSignal): Promise<void> {
    const { identifier, configuration } = NOTES;
    const session = await BackgroundSession.open(identifier, {
      configuration,
      // Nothing follows from the end of a note but its line in the history.
      delegate: { didComplete: () => {} },
      serviceWorker: (await registerWorker()) ?? WORKER_SCRIPT,
      signal,
    });
    this.#session = session;
    const history = await session.history({ queue: QUEUE, limit: LISTED });
    this.#earlier = history.map(({ info }) => info);
    session.subscribe(({ tasks, finished }) => {
      const notes = new Map([...this.#earlier, ...finished, ...tasks].map((note) => [note.id, note]));
      this.#onChange([...notes.values()].sort(newestFirst).slice(0, LISTED));
    });
  }

  /** Stores a note and sends it when its turn has come. @throws TypeError if the page is not ready */
  async add(text: string, isBusy: boolean): Promise<void> {
    if (this.#session === undefined) throw new TypeError("The page is not ready yet; try again in a moment.");
    const url = new URL("/echo", location.href);
    for (const [name, value] of Object.entries(isBusy ? BUSY : {})) url.searchParams.set(name, value);
    url.searchParams.set("key", crypto.randomUUID());
    const request = { url: url.href, method: "PUT", body: text };
    await this.#session.dataTask(request, { queue: QUEUE, description: text }).resume();
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }
}

function newestFirst(a: TaskSnapshot, b: TaskSnapshot): number {
  return b.createdAt.getTime() - a.createdAt.getTime();
}
