import type { StoredConfiguration } from "../protocol/configuration.ts";
import {
  CONNECTIONS,
  hasOneLimit,
  isShort,
  LONG_TRANSFERS,
  LONG_TRANSFERS_WHILE_VISIBLE,
} from "../store/connection-limits.ts";
import type { TaskRow } from "../store/schema.ts";
import type { LimitPicture } from "./picture.ts";

type Limits = Pick<
  StoredConfiguration,
  | "httpMaximumConnectionsPerHost"
  | "httpMaximumConnectionsPerMultiplexedHost"
  | "maximumConnections"
  | "groups"
>;

/**
 * Returns the limits of connections that concern a task, and how many of each are in use. A task counts as one connection:
 * only the worker knows how many it has.
 * @param underWay the other tasks that are under way
 * @param multiplexedHosts those over HTTP/2: only the worker knows how many short requests they get
 */
export function limitsFor(
  row: TaskRow,
  underWay: readonly TaskRow[],
  configuration: Limits,
  isVisible: boolean,
  multiplexedHosts: ReadonlySet<unknown>,
): LimitPicture[] {
  const { httpMaximumConnectionsPerHost, maximumConnections, groups } = configuration;
  const host = hostOf(row);
  const own = underWay.filter(({ session }) => session === row.session);
  const isMultiplexed = multiplexedHosts.has(host);
  const isLong = (other: TaskRow) =>
    multiplexedHosts.has(hostOf(other)) ? !isShort(other) : other.kind !== "data";
  const long = isLong(row) ? underWay.filter(isLong) : undefined;
  const toHost = (others: readonly TaskRow[] | undefined) =>
    others?.filter((other) => hostOf(other) === host);
  const limits: [name: string, users: readonly TaskRow[] | undefined, limit: number | undefined][] = [
    [
      `of the session to ${host} (httpMaximumConnectionsPerHost)`,
      isMultiplexed && !hasOneLimit(configuration) ? long && toHost(own.filter(isLong)) : toHost(own),
      httpMaximumConnectionsPerHost,
    ],
    ["of the session (maximumConnections)", own, maximumConnections],
    [
      `of the group "${row.group}" (maximumConnections)`,
      own.filter(({ group }) => group === row.group),
      groups[row.group ?? ""]?.maximumConnections,
    ],
    ["for uploads and downloads", long, LONG_TRANSFERS],
    [
      `for uploads and downloads to ${host} while a page is visible`,
      isVisible && !isMultiplexed ? toHost(long) : undefined,
      LONG_TRANSFERS_WHILE_VISIBLE,
    ],
    ["of all sessions", underWay, CONNECTIONS],
  ];
  return limits.flatMap(([name, users, limit]) =>
    users === undefined || limit === undefined ? [] : { name, used: users.length, limit },
  );
}

function hostOf({ request }: TaskRow): string {
  return new URL(request.url).host;
}
