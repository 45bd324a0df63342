import type { IncomingMessage, ServerResponse } from "node:http";
import { deliver } from "./delivery.ts";
import type { Exchange } from "./exchange.ts";
import { type ServedContent, servedAnswer } from "./served-content.ts";

/** Answers one path by itself; what it throws is answered 500. */
export type RouteHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** What a test answers itself, path by path; it comes before everything else and may be replaced at any time. */
export class Routes {
  readonly #byPath = new Map<string, (exchange: Exchange) => void | Promise<void>>();

  /** `path` is without query; one that ends with `/*` has everything below it, and itself. */
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

  /** `undefined` where no route has the path. */
  find(path: string): ((exchange: Exchange) => void | Promise<void>) | undefined {
    const parents = path.split("/").map((_, index, names) => `${names.slice(0, index + 1).join("/")}/*`);
    const known = [path, ...parents.reverse()].find((candidate) => this.#byPath.has(candidate));
    return known === undefined ? undefined : this.#byPath.get(known);
  }
}
