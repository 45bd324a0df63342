import { finished } from "node:stream/promises";
import type { TestServer } from "../server/server.ts";
import { GUARDED } from "./task-plan.ts";

/** A token is good for this many requests, unless it expires before. */
const USES = 10;

/**
 * The part of the site whose tokens expire: `/guarded/<path>` leads to `/<path>` if the cookie or the signature in the
 * query has the valid token, and is refused with 401 otherwise. `/renew` issues the token.
 */
export class Guard {
  #token = 0;
  #usesLeft = 0;

  constructor(site: TestServer) {
    site.route("/renew", (_, response) => {
      if (this.#usesLeft === 0) this.#token += 1;
      this.#usesLeft ||= USES;
      response.setHeader("set-cookie", `token=${this.#token}; Path=/`);
      response.end(`${this.#token}`);
    });
    site.route(`${GUARDED}/*`, async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", site.origin);
      const [, cookie] = /\btoken=(\d+)/.exec(request.headers.cookie ?? "") ?? [];
      const isValid = cookie === this.#valid || searchParams.get("signature") === this.#valid;
      if (isValid) this.#usesLeft -= 1;
      // A browser that is still sending would see a broken connection, and no answer.
      await finished(request.resume());
      searchParams.delete("signature");
      const location = `${pathname.slice(GUARDED.length)}?${searchParams}`;
      response.writeHead(isValid ? 307 : 401, isValid ? { location } : {}).end();
    });
  }

  get #valid(): string {
    return this.#usesLeft === 0 ? "none" : `${this.#token}`;
  }

  /** Refuses everything until somebody asks for the next token. */
  expire(): void {
    this.#usesLeft = 0;
  }
}
