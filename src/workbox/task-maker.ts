import type { BackgroundSession, BackgroundTask, RequestDescription, TaskOptions } from "../app/index.ts";
import { type RequestSource, storableInit } from "./storable-init.ts";
import { WorkerSession } from "./worker-session.ts";

/** A request of which a task is made. */
export interface KeptRequest {
  /** Absolute. */
  readonly url: string;
  /** In upper case: `"POST"`. */
  readonly method: string;
  /**
   * Those that are stored: without `omitHeaders`, and without those that the browser adds when it sends the request.
   */
  readonly headers: Headers;
  /** What the old queue had stored with it, if it comes from there. */
  readonly metadata?: unknown;
}

/** The options of the tasks that requests become. The others of a task are as in `session.dataTask`. */
export interface KeepingOptions
  extends Omit<
    TaskOptions,
    "id" | "onDuplicate" | "after" | "signal" | "idempotencyKey" | "timeoutIntervalForResource"
  > {
  /**
   * Whether requests get an `Idempotency-Key`, each a key of its own.
   * @default true for POST and PATCH to the worker's own origin
   */
  idempotencyKey?: boolean;
  /**
   * How long a request is tried, in minutes, as with workbox. After that its task ends with `timed-out`, and its completion
   * handler is told.
   * @default what the session's configuration says (7 days)
   */
  maxRetentionTime?: number;
  /**
   * The names of headers that are not stored, in lower case: what the daemon's `willSend` adds when the request is sent,
   * such as `authorization`. @default []
   */
  omitHeaders?: readonly string[];
  /** Returns options for the task of one request: they add to the others, or replace them. It must not read the body. */
  optionsFor?: (request: KeptRequest) => TaskOptions;
}

/** Every one has to be here: with a misspelt option, the first request that fails would be lost. */
const NAMES: Readonly<Record<keyof KeepingOptions, true>> = {
  acceptStatuses: true,
  allowsConstrainedNetworkAccess: true,
  allowsExpensiveNetworkAccess: true,
  challengeStatuses: true,
  completion: true,
  countOfBytesClientExpectsToReceive: true,
  countOfBytesClientExpectsToSend: true,
  description: true,
  earliestBeginDate: true,
  group: true,
  idempotencyKey: true,
  isDiscretionary: true,
  maxRetentionTime: true,
  notification: true,
  omitHeaders: true,
  optionsFor: true,
  priority: true,
  queue: true,
  retry: true,
  storeCredentials: true,
  timeoutIntervalForRequest: true,
  waitStatuses: true,
};

/** @throws TypeError that says what is wrong */
function checkGiven(session: unknown, given: KeepingOptions): void {
  if (typeof session !== "string" || session === "")
    throw new TypeError(
      "The session must be its identifier: a session object of a worker ends when a page opens the session.",
    );
  const unknown = Object.keys(given).find((name) => !(name in NAMES));
  if (unknown !== undefined) throw new TypeError(`"${unknown}" is not an option here; is it misspelt?`);
  const { maxRetentionTime = 1, idempotencyKey = true } = given;
  if (typeof idempotencyKey !== "boolean")
    throw new TypeError("idempotencyKey must be a boolean: each request has a key of its own.");
  if (!(typeof maxRetentionTime === "number" && maxRetentionTime > 0))
    throw new TypeError("maxRetentionTime must be a positive number of minutes.");
}

/** Makes tasks of requests that a worker has in hand. */
export class TaskMaker {
  readonly #session: WorkerSession;
  readonly #omitted: readonly string[];
  readonly #optionsFor: (request: KeptRequest) => TaskOptions;
  readonly #options: TaskOptions;
  /** The task of the request before. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param queue the name of the queue if the options have none */
  constructor(session: string, given: KeepingOptions, queue?: string) {
    const { maxRetentionTime, omitHeaders = [], optionsFor = () => ({}), ...options } = given;
    checkGiven(session, given);
    this.#session = WorkerSession.of(session);
    this.#omitted = omitHeaders.map((name) => name.toLowerCase());
    this.#optionsFor = optionsFor;
    this.#options = {
      ...options,
      queue: options.queue ?? queue ?? this.#session.nextQueue(),
      ...(maxRetentionTime !== undefined && { timeoutIntervalForResource: maxRetentionTime * 60 }),
    };
  }

  open(): Promise<BackgroundSession> {
    return this.#session.open();
  }

  /**
   * Stores a request and starts its task, after those for which it was called before. The caller's request stays usable.
   * @returns the task, when it is on disk
   * @throws TypeError if the request cannot be stored, SessionError if the disk or the session refuses it
   */
  async keep(request: Request): Promise<BackgroundTask> {
    const copy = request.clone();
    const body = copy.blob();
    body.catch(() => {});
    const make = async (): Promise<{ task: BackgroundTask; stored: Promise<unknown> }> => {
      const session = await this.#session.open();
      const task = this.make(session, copy, await body, undefined, {});
      // In the same turn: if it were stored suspended and the worker then stopped, nobody would start it.
      return { task, stored: task.resume() };
    };
    // Bodies may take a while, and not the same.
    const made = this.#last.then(make, make);
    this.#last = made;
    const { task, stored } = await made;
    await stored;
    return task;
  }

  /** Makes a task of a request, suspended. @throws TypeError or SessionError if it cannot be stored */
  make(
    session: BackgroundSession,
    source: RequestSource,
    body: Blob | ArrayBuffer | undefined,
    metadata: unknown,
    own: TaskOptions,
  ): BackgroundTask {
    const { url, method } = source;
    const init = storableInit(source, this.#omitted);
    // A HEAD is stored with an empty body by workbox, and no request may have it.
    const hasBody = body !== undefined && !/^(GET|HEAD)$/i.test(method);
    const request: RequestDescription = { ...init, url, method, ...(hasBody && { body }) };
    const kept: KeptRequest = { url, method, headers: init.headers, metadata };
    const options: TaskOptions = { ...this.#options, ...this.#optionsFor(kept), ...own };
    // The server may know the key from the attempt that failed.
    if (init.headers.has("idempotency-key")) delete options.idempotencyKey;
    return session.dataTask(request, options);
  }
}
