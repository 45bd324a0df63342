import type { CarriedTask, FetchOffer, OfferedTask } from "../../protocol/background-fetch.ts";
import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { BackgroundFetchRow, TaskRow } from "../../store/schema.ts";
import type { LiveFacts } from "../../store/task-info-of.ts";
import { chooseTransport, MUCH_BYTES, type TransportConditions } from "../decisions/choose-transport.ts";
import type { Plan } from "../decisions/scheduler.ts";
import type { Presence } from "../pages/presence.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import { offerOf } from "./fetch-offer.ts";

/** The longest age of the last page's offer when the page leaves. */
const REFRESH_MS = 1_000;
/** How long to wait after a refusal before the same tasks are offered again. */
const ASK_AGAIN_MS = 30_000;
/** The most tasks in one registration. */
const MAX_TASKS = 50;

const NOT_REFUSED = { at: Number.NEGATIVE_INFINITY, keys: "" };

export interface HandoverOptions {
  readonly host: DaemonHost;
  readonly presence: Presence;
  /** Every unfinished task, by key. */
  readonly rows: ReadonlyMap<string, TaskRow>;
  readonly conditions: () => TransportConditions;
  readonly configurationOf: (row: TaskRow) => StoredConfiguration;
  /** Returns the facts of the task's run; undefined if none is going on. */
  readonly factsOf: (key: string) => LiveFacts | undefined;
  readonly onStarted: (id: string, tasks: readonly OfferedTask[]) => Promise<void>;
  readonly onRefused: (error: string) => void;
}

/**
 * Hands tasks over to Background Fetch. Only a page may start a background fetch: it is asked to start one at once, or is
 * given an offer to take up when it leaves, since there is no time to ask then.
 */
export class Handover {
  readonly #options: HandoverOptions;
  #candidates: readonly TaskRow[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #isOffered = false;
  #asking: Promise<void> | undefined;
  #refused = NOT_REFUSED;

  constructor(options: HandoverOptions) {
    this.#options = options;
  }

  follow({ handOver, candidates }: Plan): void {
    if (!this.#options.host.fetches.isSupported) return;
    this.#candidates = candidates;
    if (handOver.length > 0 && this.#asking === undefined) this.#startNow(handOver);
    if (candidates.length > 0) this.#timer ??= setInterval(() => this.#offer(), REFRESH_MS);
    else this.stop();
  }

  /** A registration has ended: what was refused may be possible now. */
  placeFreed(): void {
    this.#refused = NOT_REFUSED;
  }

  /** A page came or went. */
  pagesChanged(): void {
    if (this.#timer !== undefined) this.#offer();
  }

  /** Withdraws the offer. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#candidates = [];
    this.#offer();
  }

  /** Fulfils when no page is being asked, and the tasks of a fetch that was started know of it. */
  async untilAnswered(): Promise<void> {
    await this.#asking;
  }

  #startNow(rows: readonly TaskRow[]): void {
    const { host, presence, onRefused } = this.#options;
    const keys = rows.map(({ key }) => key).join();
    const isTooSoon = keys === this.#refused.keys && host.now() - this.#refused.at < ASK_AGAIN_MS;
    if (isTooSoon || !presence.isAnyone) return;
    const offer = this.#offerOf(rows, this.#options.conditions());
    if (offer === undefined) return;
    this.#asking = this.#ask(offer, keys).catch((error) => onRefused(String(error)));
  }

  async #ask(offer: FetchOffer, keys: string): Promise<void> {
    const { host, presence, onStarted, onRefused } = this.#options;
    try {
      const answer = await host.startFetch(offer, presence.isPage);
      if (answer.isStarted) return await onStarted(offer.id, offer.tasks);
      this.#refused = { at: host.now(), keys };
      onRefused(answer.error);
    } finally {
      this.#asking = undefined;
    }
  }

  /** Only the last page gets an offer: while there is another, the worker lives. */
  #offer(): void {
    const { host, presence, conditions } = this.#options;
    const isLast = presence.countOfPages === 1;
    const offer = isLast ? this.#offerOf(this.#candidates, { ...conditions(), pages: "leaving" }) : undefined;
    if (offer === undefined && !this.#isOffered) return;
    this.#isOffered = offer !== undefined;
    host.broadcast({ type: "fetch-offer", offer });
  }

  #offerOf(rows: readonly TaskRow[], conditions: TransportConditions): FetchOffer | undefined {
    const { rows: current, configurationOf, factsOf } = this.#options;
    const offered = rows.slice(0, MAX_TASKS).flatMap((planned) => {
      const row = current.get(planned.key) ?? planned;
      const configuration = configurationOf(row);
      const facts = factsOf(row.key);
      const { way, reason } = chooseTransport(row, configuration, conditions, facts !== undefined);
      return way === "background-fetch" ? [{ row, reason, configuration, facts }] : [];
    });
    return offerOf(offered);
  }
}

/**
 * Returns the row of a task that a registration has taken up; unchanged if the row has changed since so that the
 * registration does not fit, or if the worker has transferred so much meanwhile that it is of no use.
 * @param received what the task's run has received by now; undefined if none is going on
 */
export function carriedBy(
  row: TaskRow,
  { start, fileId }: CarriedTask,
  backgroundFetch: BackgroundFetchRow,
  received: number | undefined,
): TaskRow {
  const isSame = start === 0 || row.file?.fileId === fileId;
  const isFree = row.state === "running" && row.backgroundFetch === undefined && !row.isReceived;
  const isLate =
    Math.max(row.bytesReceived, received ?? 0) - start >= MUCH_BYTES ||
    (row.kind === "upload" && received !== undefined);
  return isSame && isFree && !isLate ? { ...row, backgroundFetch } : row;
}
