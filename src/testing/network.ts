import type { Failure } from "../protocol/session-error.ts";
import type { Outcome } from "../sw/decisions/outcome.ts";
import type { Run, Transport } from "../sw/ports/transport.ts";
import { Exchange, type ServerFile } from "./exchange.ts";
import { hooks } from "./node-builtins.ts";

/** One for all worlds: each costs every promise that is made after it was first used. */
const running = new hooks.AsyncLocalStorage<Run>();

/** The requests of the tasks, each of which waits for what the test does with it. */
export class Network {
  isOnline = true;
  #exchanges: Exchange[] = [];
  /** By the key of the task's row, and by the address, for a task that goes on with the bytes of another. */
  readonly #files = new Map<string, ServerFile>();
  /** How a run ends in place of what its transport returns. */
  readonly #failures = new WeakMap<Run, Failure>();

  /** Has a transport of the library say whose requests it sends. */
  carrying(transport: Transport): Transport {
    const sending = this.sendingFor(transport);
    return async (run): Promise<Outcome> => {
      const outcome = await sending(run);
      const failure = this.#failures.get(run);
      return failure === undefined || outcome.kind === "stopped" ? outcome : { kind: "failed", failure };
    };
  }

  /** The requests that `act` sends are those of the run that it is given. */
  sendingFor<Result>(act: (run: Run) => Promise<Result>): (run: Run) => Promise<Result> {
    return (run) => running.run(run, () => act(run));
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const run = running.getStore();
    if (run === undefined || !this.isOnline || request.signal.aborted) throw new TypeError("Failed to fetch");
    const { key } = run.row;
    const begun = request.headers.has("range") ? this.#files.get(request.url) : undefined;
    const file = this.#files.get(key) ?? begun ?? {};
    this.#files.set(key, file).set(request.url, file);
    const exchange = new Exchange(run, request, file);
    this.#exchanges = [...this.#exchanges.filter(({ isOver }) => !isOver), exchange];
    return exchange.response;
  };

  /** The first request of a task that waits for an answer. */
  pending(key: string): Exchange | undefined {
    return this.#exchanges.find(({ isOver, run }) => !isOver && run.row.key === key);
  }

  /** Ends the run that waits for this answer. */
  fail(exchange: Exchange, failure: Failure): void {
    this.#failures.set(exchange.run, failure);
    exchange.cut();
  }

  /** Breaks every connection. */
  cutAll(): void {
    for (const exchange of this.#exchanges.splice(0)) exchange.cut();
  }
}
