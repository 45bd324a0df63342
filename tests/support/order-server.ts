import { setImmediate as nextTurn } from "node:timers/promises";
import type { TestServer } from "../../server/server.ts";

export interface OrderServerOptions {
  /** The status for the n-th request to a path below `/order/`, from 1. @default 200 */
  readonly statusOf?: (name: string, times: number) => number;
  /** How long each request takes, in milliseconds. @default 20 */
  readonly delayMs?: number;
}

/** Answers `/order/<queue>/<name>`, and notes in which order requests came and which of them were open together. */
export class OrderServer {
  /** The paths below `/order/`, as they came. */
  readonly came: string[] = [];
  /** The paths that were answered with a 2xx, as they were. */
  readonly done: string[] = [];
  /** Requests that began while another one of the same first segment was open. */
  readonly together: string[] = [];
  /** When each request came, in milliseconds. */
  readonly times: number[] = [];
  /** The most that were open at the same time. */
  mostOpen = 0;

  constructor(site: TestServer, { statusOf = () => 200, delayMs = 20 }: OrderServerOptions = {}) {
    const open: { readonly queue: string | undefined }[] = [];
    site.route("/order/*", async (request, response) => {
      const path = new URL(request.url ?? "", site.origin).pathname.slice("/order/".length);
      const [queue] = path.split("/");
      const rivals = open.filter((other) => other.queue === queue);
      const own = { queue };
      open.push(own);
      this.mostOpen = Math.max(this.mostOpen, open.length);
      this.came.push(path);
      this.times.push(performance.now());
      const status = statusOf(path, this.came.filter((it) => it === path).length);
      // A request that the browser breaks off is over for the order, too.
      response.once("close", () => open.splice(open.indexOf(own), 1));
      request.resume();
      // If the server was busy, it hears only after this that an earlier request was broken off: a socket is closed at the
      // end of a turn.
      await nextTurn();
      await nextTurn();
      if (rivals.some((rival) => open.includes(rival))) this.together.push(path);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (status < 300) this.done.push(path);
      response.writeHead(status).end(path);
    });
  }
}
