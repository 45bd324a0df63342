import type { RequestFilter } from "../../demo/server/request-log.ts";
import type { TestServer } from "../../demo/server/server.ts";

/** The first byte that each request for `filter` asked for; undefined where it asked for the whole. */
export function rangesAsked(site: TestServer, filter: RequestFilter): (number | undefined)[] {
  return site.requests(filter).map(({ headers }) => {
    const start = /^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1];
    return start === undefined ? undefined : Number(start);
  });
}
