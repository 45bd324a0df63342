import type { RequestFilter } from "../../server/request-log.ts";
import type { TestServer } from "../../server/server.ts";

/**
 * The first byte that each `GET` for `filter` asked for; undefined if it asked for the whole file. After a failure
 * the daemon may also send a `HEAD` to see if the host is up.
 */
export function rangesAsked(site: TestServer, filter: RequestFilter): (number | undefined)[] {
  const asked = site.requests(filter).filter(({ method }) => method === "GET");
  return asked.map(({ headers }) => {
    const start = /^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1];
    return start === undefined ? undefined : Number(start);
  });
}
