import { BackgroundSession } from "../app/index.ts";

/**
 * The session that a worker adds tasks to. It is opened when it is first needed, as an observer: a page, or the app that
 * is launched in this worker, has it for its events, and would otherwise have to compete for it.
 */
export class WorkerSession {
  static readonly #all = new Map<string, WorkerSession>();
  readonly #identifier: string;
  #opening: Promise<BackgroundSession>;
  #queues = 0;

  /** Returns the one of this identifier: plugins that share a session share its object, too. */
  static of(identifier: string): WorkerSession {
    const known = WorkerSession.#all.get(identifier) ?? new WorkerSession(identifier);
    WorkerSession.#all.set(identifier, known);
    return known;
  }

  private constructor(identifier: string) {
    this.#identifier = identifier;
    this.#opening = Promise.reject();
    this.#opening.catch(() => {});
  }

  /**
   * Fulfils with the open session, for those who ask in the order in which they asked.
   * @throws SessionError as `BackgroundSession.open`
   */
  open(): Promise<BackgroundSession> {
    const open = (): Promise<BackgroundSession> =>
      BackgroundSession.open(this.#identifier, { role: "observer" });
    // It is over if the session was deleted meanwhile, for example at a logout.
    this.#opening = this.#opening.then((session) => (session.getSnapshot().isOpen ? session : open()), open);
    return this.#opening;
  }

  /** Returns the name of the queue of the next plugin that names none: the same at each start of the same script. */
  nextQueue(): string {
    this.#queues += 1;
    return this.#queues === 1 ? "requests" : `requests ${this.#queues}`;
  }
}
