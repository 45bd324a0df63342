import type { StoredConfiguration } from "../../protocol/configuration.ts";
import {
  CONNECTIONS,
  LONG_TRANSFERS,
  LONG_TRANSFERS_WHILE_VISIBLE,
} from "../../protocol/connection-limits.ts";
import type { TaskRow } from "../../store/schema.ts";
import { addressOf } from "./address.ts";

export interface PlacesOptions {
  configurationOf(row: TaskRow): StoredConfiguration;
  /** The limit for all sessions together; undefined for the default. */
  readonly maximumConnections?: number | undefined;
  readonly conditions: {
    readonly isVisible: boolean;
    /** Hosts that multiplex: the requests of a page get through, however many are ours. */
    readonly multiplexedHosts: ReadonlySet<string>;
  };
}

/** Connections, in total and by session. */
class Tally {
  count = 0;
  readonly of = new Map<string, number>();

  add(session: string, connections: number): void {
    this.count += connections;
    this.of.set(session, (this.of.get(session) ?? 0) + connections);
  }
}

interface Bound {
  readonly used: number;
  readonly limit: number;
  /** The session may have its first connection anyway: the endless answer of another session must not block it. */
  readonly isEntitled: boolean;
}

/** A long transfer keeps its connection for an unlimited time. */
function isLong({ kind }: TaskRow): boolean {
  return kind !== "data";
}

/**
 * Returns how many connections a task can use: the parts of a resumable upload are sent in parallel, and the ranges of a
 * download are fetched in parallel.
 */
function widthOf({ upload, connections: ranges = 1, isReceived }: TaskRow): number {
  if (isReceived) return 1;
  const { protocol, connections = 1, parts } = upload ?? {};
  if (protocol === undefined) return ranges;
  const open = parts?.filter(({ start, end, offset }) => offset < end - start).length ?? connections;
  return Math.min(connections, open);
}

/**
 * Counts the connections in use, and assigns the free ones. Limits: connections per session and host, four long transfers
 * per host that a visible page shares, and connections of the whole daemon.
 */
export class Places {
  readonly #options: PlacesOptions;
  readonly #all = new Tally();
  readonly #long = new Tally();
  readonly #hosts = new Map<string, { readonly all: Tally; readonly long: Tally }>();
  readonly #groups = new Map<string | undefined, Tally>();
  /** The sessions that a place was given to. */
  readonly #started = new Set<string>();

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** Records that a task holds this many connections. */
  hold(row: TaskRow, connections: number): void {
    if (connections === 0) return;
    const host = this.#hostOf(row);
    const tallies = isLong(row) ? [this.#all, host.all, this.#long, host.long] : [this.#all, host.all];
    for (const tally of [...tallies, this.#groupOf(row)]) tally.add(row.session, connections);
  }

  /**
   * Gives places to `rows`, which are in order of urgency: first one to each, while any are free, then more to those that
   * can use them.
   * @returns how many connections each gets, in the same order, and the rows that have to wait
   */
  give(rows: readonly TaskRow[]): { connections: Map<TaskRow, number>; line: TaskRow[] } {
    const connections = new Map<TaskRow, number>();
    const line: TaskRow[] = [];
    for (const row of rows) {
      if (this.#take(row)) connections.set(row, 1);
      else line.push(row);
    }
    for (const row of connections.keys()) connections.set(row, 1 + this.#widen(row));
    return { connections, line };
  }

  #take(row: TaskRow): boolean {
    const { session } = row;
    const { minimumStartInterval } = this.#options.configurationOf(row);
    if (minimumStartInterval > 0 && this.#started.has(session)) return false;
    const isFree = this.#boundsOf(row).every(({ used, limit, isEntitled }) => used < limit || isEntitled);
    if (!isFree) return false;
    this.hold(row, 1);
    this.#started.add(session);
    return true;
  }

  /** One place stays free: a wide transfer must not block others. @returns how many more it gets */
  #widen(row: TaskRow): number {
    const wanted = widthOf(row) - 1;
    if (wanted <= 0) return 0;
    const free = this.#boundsOf(row).map(({ used, limit }) => Math.ceil(limit - used) - 1);
    const more = Math.max(0, Math.min(wanted, ...free));
    this.hold(row, more);
    return more;
  }

  #boundsOf(row: TaskRow): Bound[] {
    const { session } = row;
    const host = this.#hostOf(row);
    const { httpMaximumConnectionsPerHost, maximumConnections, groups } = this.#options.configurationOf(row);
    const own = ({ of }: Tally, limit: number): Bound => ({
      used: of.get(session) ?? 0,
      limit,
      isEntitled: false,
    });
    const first = ({ count, of }: Tally, limit: number, sessions = limit): Bound => ({
      used: count,
      limit,
      isEntitled: !of.has(session) && of.size < sessions,
    });
    const bounds = [
      own(host.all, httpMaximumConnectionsPerHost),
      own(this.#all, maximumConnections),
      own(this.#groupOf(row), groups[row.group ?? ""]?.maximumConnections ?? Infinity),
      first(this.#all, Math.min(CONNECTIONS, this.#options.maximumConnections ?? Infinity)),
    ];
    if (!isLong(row)) return bounds;
    bounds.push(first(this.#long, LONG_TRANSFERS));
    const { isVisible, multiplexedHosts } = this.#options.conditions;
    if (isVisible && !multiplexedHosts.has(addressOf(row).host)) {
      bounds.push(first(host.long, LONG_TRANSFERS_WHILE_VISIBLE, Number.POSITIVE_INFINITY));
    }
    return bounds;
  }

  /** The sessions of a tally have groups of their own. */
  #groupOf({ group }: TaskRow): Tally {
    const tally = this.#groups.get(group) ?? new Tally();
    this.#groups.set(group, tally);
    return tally;
  }

  #hostOf(row: TaskRow): { readonly all: Tally; readonly long: Tally } {
    const { host } = addressOf(row);
    const tallies = this.#hosts.get(host) ?? { all: new Tally(), long: new Tally() };
    this.#hosts.set(host, tallies);
    return tallies;
  }
}
