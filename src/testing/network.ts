import { AsyncLocalStorage } from "node:async_hooks";
import type { Failure } from "../protocol/session-error.ts";
import type { Outcome } from "../sw/decisions/outcome.ts";
import type { Run } from "../sw/ports/transport.ts";
import { fetchTransport } from "../sw/transports/fetch-transport.ts";
import { Exchange } from "./exchange.ts";

/** The requests of the tasks, each of which waits for what the test does with it. */
export class Network {
  readonly #exchanges = new Set<Exchange>();
  readonly #runs = new AsyncLocalStorage<Run>();
  /** How an attempt ends in place of what the transport returns. */
  readonly #failures = new WeakMap<Exchange, Failure>();

  /** The library's own transport, which says whose request it sends. */
  readonly transport = (run: Run): Promise<Outcome> =>
    this.#runs.run(run, async (): Promise<Outcome> => {
      const outcome = await fetchTransport(run);
      const own = [...this.#exchanges].findLast(({ session, taskId }) => isOf(run, session, taskId));
      const failure = own && this.#failures.get(own);
      return failure === undefined || outcome.kind === "stopped" ? outcome : { kind: "failed", failure };
    });

  readonly fetch = async (request: Request): Promise<Response> => {
    const run = this.#runs.getStore();
    if (run === undefined || request.signal.aborted) throw new TypeError("Failed to fetch");
    const exchange = new Exchange(run.row.session, run.row.id, request);
    this.#exchanges.add(exchange);
    return exchange.response;
  };

  /** The request of a task that waits for an answer. */
  pending(session: string, taskId: string): Exchange | undefined {
    return [...this.#exchanges].find(
      (exchange) => !exchange.isOver && exchange.session === session && exchange.taskId === taskId,
    );
  }

  fail(exchange: Exchange, failure: Failure): void {
    this.#failures.set(exchange, failure);
    exchange.cut(new TypeError("network error"));
  }

  /** Breaks every connection. */
  cutAll(): void {
    for (const exchange of this.#exchanges) exchange.cut(new TypeError("network error"));
    this.#exchanges.clear();
  }
}

function isOf({ row }: Run, session: string, taskId: string): boolean {
  return row.session === session && row.id === taskId;
}
