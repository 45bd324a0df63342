import type { BackgroundTask } from "../app/index.ts";
import { pause } from "../async/pause.ts";
import { ensureDaemon } from "../sw/start-daemon.ts";
import { adoptQueueOfPlugin } from "./adopt-queue.ts";
import { respondToTask } from "./task-answer.ts";
import { type KeepingOptions, TaskMaker } from "./task-maker.ts";

/** A request that failed, and why. */
export interface FailedRequest {
  /** As it was sent, unread. Its body may be read from a clone. */
  readonly request: Request;
  /** What `fetch` rejected with: an `AbortError` if the page gave the request up. */
  readonly error: Error;
}

/** The options of a `BackgroundSessionPlugin`. */
export interface BackgroundSessionPluginOptions extends KeepingOptions {
  /**
   * The queue of the tasks, whose requests are sent one at a time. What waits in a queue of this name of
   * `workbox-background-sync` or Serwist is moved into it, with the options of the first plugin of that name: see
   * `adoptQueue`. Name it if a worker has several plugins for one session: the default counts them.
   * @default "requests", "requests 2" …: one queue for each plugin
   */
  queue?: string;
  /** Whether a request that failed becomes a task. @default all but those that were aborted */
  shouldStore?: (failed: FailedRequest) => boolean | Promise<boolean>;
  /**
   * What the page's `fetch` gets. `"error"`: the network error, as with workbox. `"accepted"`: a response with status 202
   * and the id of the task, as JSON (`{ "taskId": … }`) and in the header `Background-Session-Task`. `"always"`: each
   * request is a task from the start, so that all of them are in order; the page gets its response if that comes in time,
   * else the 202.
   * @default "error"
   */
  respond?: "error" | "accepted" | "always";
  /** How long `"always"` waits for a response, in seconds. It does not wait for a task that cannot be sent now. @default 10 */
  networkTimeoutSeconds?: number;
  /** Makes the response that stands for a stored request, for example a redirect after a form. @default the 202 */
  acceptedResponse?: (task: BackgroundTask, request: Request) => Response | Promise<Response>;
}

/** A request that is in memory only is stored out of its order rather than later. */
const OLD_ONES_MS = 5_000;

/** What belongs to one request of a route, in all its callbacks. */
interface RouteState {
  task?: BackgroundTask;
}

interface Step {
  readonly request: Request;
  readonly state?: RouteState;
}

/**
 * Makes tasks of a session of the requests that a route could not send: in the place of `BackgroundSyncPlugin`, in the
 * strategies of workbox and of Serwist. It is also a route handler itself. Make it at the top of the worker's script: it
 * starts the daemon unless a `startDaemon()` above it has.
 *
 * @example
 * registerRoute(
 *   ({ url }) => url.pathname === "/orders",
 *   new NetworkOnly({ plugins: [new BackgroundSessionPlugin("com.example.shop", { queue: "orders" })] }),
 *   "POST",
 * );
 */
export class BackgroundSessionPlugin {
  readonly #options: BackgroundSessionPluginOptions;
  readonly #maker: TaskMaker;
  /** What the old queue holds is older than what the route keeps. */
  readonly #oldOnes: (() => Promise<unknown>) | undefined;
  /** Absent unless the page is to get a response: with it, Serwist's `fallbacks` would not apply to the route. */
  declare handlerDidError?: (step: Step) => Promise<Response | undefined>;

  /**
   * Makes the plugin of a route or of several.
   * @param session the identifier of the session, which is opened in this worker when it is needed
   * @throws TypeError for a wrong option
   */
  constructor(session: string, options: BackgroundSessionPluginOptions = {}) {
    const { shouldStore, respond = "error", networkTimeoutSeconds, acceptedResponse, ...keeping } = options;
    if (!["error", "accepted", "always"].includes(respond))
      throw new TypeError('respond must be "error", "accepted" or "always".');
    this.#options = options;
    this.#maker = new TaskMaker(session, keeping);
    ensureDaemon();
    const { queue } = keeping;
    if (queue !== undefined) this.#oldOnes = adoptQueueOfPlugin(queue, { session, ...keeping });
    if (respond !== "error")
      this.handlerDidError = async ({ request, state }) =>
        state?.task && respondToTask(state.task, request, await this.#maker.open(), this.#options);
  }

  /** Called by a strategy before it sends a request. */
  async requestWillFetch({ request, state }: Step): Promise<Request> {
    if (this.#options.respond === "always") {
      const task = await this.#keep(request);
      if (task !== undefined) {
        if (state !== undefined) state.task = task;
        throw new Error(`The request is task "${task.id}" now: the daemon sends it.`);
      }
    }
    return this.#withKey(request);
  }

  /** Called by a strategy when the network has failed. */
  async fetchDidFail({ request, error, state }: Step & FailedRequest): Promise<void> {
    const { shouldStore = () => error.name !== "AbortError" } = this.#options;
    if (!(await shouldStore({ request, error }))) return;
    const task = await this.#keep(request);
    if (task !== undefined && state !== undefined) state.task = task;
  }

  /** Sends a request as `NetworkOnly` with this plugin does: the plugin may be given as the handler of a route. */
  async handle({ request }: { readonly request: Request }): Promise<Response> {
    const state: RouteState = {};
    let sent = request;
    try {
      sent = await this.requestWillFetch({ request: request.clone(), state });
      return await fetch(sent.clone());
    } catch (error) {
      if (state.task === undefined) await this.fetchDidFail({ request: sent, error: error as Error, state });
      const response = await this.handlerDidError?.({ request, state });
      if (response === undefined) throw error;
      return response;
    }
  }

  /** What cannot be kept fails as it would without the plugin. */
  async #keep(request: Request): Promise<BackgroundTask | undefined> {
    try {
      if (this.#oldOnes) await Promise.race([this.#oldOnes(), pause(OLD_ONES_MS)]);
      return await this.#maker.keep(request);
    } catch (error) {
      console.error(`${request.method} ${request.url} could not be made a task.`, error);
      return undefined;
    }
  }

  /** A request that failed may have reached the server nevertheless: its task is sent with the same key. */
  #withKey(request: Request): Request {
    const isOwn = new URL(request.url).origin === location.origin;
    const isWanted = isOwn && /^(POST|PATCH)$/.test(request.method) && this.#options.idempotencyKey !== false;
    if (!isWanted || request.headers.has("idempotency-key")) return request;
    // Made without options, a navigation stays one.
    const sent = new Request(request);
    sent.headers.set("idempotency-key", crypto.randomUUID());
    return sent;
  }
}
