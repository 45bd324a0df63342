import type { IncomingMessage, ServerResponse } from "node:http";
import { deliver } from "./delivery.ts";
import type { Exchange } from "./exchange.ts";
import { type ServedContent, servedAnswer } from "./served-content.ts";

/** Answers one path itself; if it throws, the answer is 500. */
export type RouteHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** The paths that a test answers itself; a route comes before everything else and may be replaced at any time. */
export class Routes {
  readonly #byPath = new Map<string, (exchange: Exchange) => void | Promise<void>>();

  /** `path` has no query; one that ends with `/*` matches itself and everything below it. */
  handle(path: string, handler: RouteHandler): void {
    this.#byPath.set(path, ({ request, response }) => handler(request, response));
  }

  serve(path: string, content: ServedContent): void {
    this.#byPath.set(path, (exchange) => deliver(exchange, servedAnswer(exchange, content)));
  }

  remove(path: string): void {
    this.#byPath.delete(path);
  }

  clear(): void {
    this.#byPath.clear();
  }

  /** `undefined` if no route has the path. */
  find(path: string): ((exchange: Exchange) => void | Promise<void>) | undefined {
    const parents = path.split("/").map((_, index, names) => `${names.slice(0, index + 1).join("/")}/*`);
    const known = [path, ...parents.reverse()].find((candidate) => this.#byPath.has(candidate));
    return known === undefined ? undefined : this.#byPath.get(known);
  }
}
