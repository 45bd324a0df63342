import type { StoredConfiguration } from "../../protocol/configuration.ts";
import {
  CONNECTIONS,
  hasOneLimit,
  isShort,
  LONG_TRANSFERS,
  LONG_TRANSFERS_WHILE_VISIBLE,
} from "../../store/connection-limits.ts";
import type { TaskRow } from "../../store/schema.ts";
import { addressOf } from "./address.ts";
import { nextTryOf } from "./silence.ts";
import type { Conditions } from "./situation.ts";

export interface PlacesOptions {
  configurationOf(row: TaskRow): StoredConfiguration;
  /** The limit for all sessions together; undefined for the default. */
  readonly maximumConnections?: number | undefined;
  readonly conditions: Pick<Conditions, "isVisible" | "multiplexedHosts" | "silentHosts">;
}

/** Connections, in total and by session. */
class Tally {
  count = 0;
  readonly of = new Map<string, number>();
  /** The groups of each session of which a task was refused a connection. */
  readonly refused = new Map<string, Set<string | undefined>>();

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

/** The short requests of a session to a host that multiplexes, unless its configuration says something else. */
const MULTIPLEXED = 32;

function ownBound({ session }: TaskRow, { of }: Tally, limit: number): Bound {
  return { used: of.get(session) ?? 0, limit, isEntitled: false };
}

/** @param sessions how many sessions at most may have a first connection beyond the limit */
function sharedBound({ session }: TaskRow, { count, of }: Tally, limit: number, sessions = limit): Bound {
  return { used: count, limit, isEntitled: !of.has(session) && of.size < sessions };
}

/** The connections to a host. */
interface HostTallies {
  readonly name: string;
  /** How many short requests it gets at once, if it multiplexes. */
  readonly width: number | undefined;
  readonly all: Tally;
  readonly long: Tally;
  readonly short: Tally;
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
 * per host that a visible page shares, and connections of the whole daemon. A host that multiplexes has other limits for
 * long transfers and for short requests.
 */
export class Places {
  readonly #options: PlacesOptions;
  readonly #all = new Tally();
  readonly #long = new Tally();
  readonly #hosts = new Map<string, HostTallies>();
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
    const ofItsKind = isLong(row, host) ? [this.#long, host.long] : [host.short];
    for (const tally of [this.#all, host.all, ...ofItsKind, this.#groupOf(row)])
      tally.add(row.session, connections);
  }

  /**
   * Gives places to `rows`, which are in order of urgency: first one to each, while any are free, then more to those that
   * can use them.
   * @returns how many connections each gets, in the same order, the rows that have to wait, and those that have to wait
   * for what another one finds out at their silent host
   */
  give(rows: readonly TaskRow[]): { connections: Map<TaskRow, number>; line: TaskRow[]; behind: TaskRow[] } {
    const connections = new Map<TaskRow, number>();
    const line: TaskRow[] = [];
    const behind: TaskRow[] = [];
    const tried = new Set<string>();
    for (const row of rows) {
      const { session, group } = row;
      const host = this.#hostOf(row);
      // No place becomes free meanwhile: what one task does not get, no other of its kind does.
      const { refused } = isLong(row, host) ? host.long : host.short;
      const groups = refused.get(session) ?? new Set();
      const isSilent = nextTryOf(row, this.#options.conditions) !== undefined;
      if (isSilent && tried.has(host.name)) behind.push(row);
      else if (!groups.has(group) && this.#take(row)) {
        connections.set(row, 1);
        if (isSilent) tried.add(host.name);
      } else {
        refused.set(session, groups.add(group));
        line.push(row);
      }
    }
    for (const row of connections.keys()) connections.set(row, 1 + this.#widen(row));
    return { connections, line, behind };
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
    const { maximumConnections, groups } = this.#options.configurationOf(row);
    const bounds = [
      ...this.#boundsAtHost(row),
      ownBound(row, this.#all, maximumConnections),
      ownBound(row, this.#groupOf(row), groups[row.group ?? ""]?.maximumConnections ?? Infinity),
      sharedBound(row, this.#all, Math.min(CONNECTIONS, this.#options.maximumConnections ?? Infinity)),
    ];
    if (isLong(row, this.#hostOf(row))) bounds.push(sharedBound(row, this.#long, LONG_TRANSFERS));
    return bounds;
  }

  #boundsAtHost(row: TaskRow): Bound[] {
    const configuration = this.#options.configurationOf(row);
    const { httpMaximumConnectionsPerHost, httpMaximumConnectionsPerMultiplexedHost } = configuration;
    const host = this.#hostOf(row);
    const { all, long, short, width } = host;
    const isItLong = isLong(row, host);
    if (width === undefined) {
      const bound = ownBound(row, all, httpMaximumConnectionsPerHost);
      const isShared = this.#options.conditions.isVisible && isItLong;
      return isShared ? [bound, sharedBound(row, long, LONG_TRANSFERS_WHILE_VISIBLE, Infinity)] : [bound];
    }
    const bounds = isItLong ? [] : [sharedBound(row, short, width)];
    if (hasOneLimit(configuration)) return [...bounds, ownBound(row, all, httpMaximumConnectionsPerHost)];
    return isItLong
      ? [ownBound(row, long, httpMaximumConnectionsPerHost)]
      : [...bounds, ownBound(row, short, httpMaximumConnectionsPerMultiplexedHost || MULTIPLEXED)];
  }

  /** The sessions of a tally have groups of their own. */
  #groupOf({ group }: TaskRow): Tally {
    const tally = this.#groups.get(group) ?? new Tally();
    this.#groups.set(group, tally);
    return tally;
  }

  #hostOf(row: TaskRow): HostTallies {
    const { host: name } = addressOf(row);
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const width = this.#options.conditions.multiplexedHosts.get(name);
    const host = { name, width, all: new Tally(), long: new Tally(), short: new Tally() };
    this.#hosts.set(name, host);
    return host;
  }
}

/** A long transfer keeps its connection for an unlimited time. */
function isLong(row: TaskRow, { width }: HostTallies): boolean {
  return width === undefined ? row.kind !== "data" : !isShort(row);
}
