import "fake-indexeddb/auto";
import type { FetchOffer, FetchStart, OfferedTask } from "../../src/protocol/background-fetch.ts";
import type { Notice } from "../../src/protocol/notices.ts";
import { bodyInitOf, readBody } from "../../src/store/bodies.ts";
import {
  Database,
  type ReadTransaction,
  storageError,
  type WriteTransaction,
} from "../../src/store/database.ts";
import { BackgroundFetches } from "../../src/sw/background-fetch/background-fetches.ts";
import { Daemon } from "../../src/sw/daemon.ts";
import { exclusively } from "../../src/sw/host/daemon-lock.ts";
import { EventWindow } from "../../src/sw/host/event-window.ts";
import type { LogEntry } from "../../src/sw/log.ts";
import type { DaemonHost } from "../../src/sw/ports/daemon-host.ts";
import type { Destinations, IntegrityCheck } from "../../src/sw/ports/finishing-parts.ts";
import type { ParallelRanges } from "../../src/sw/ports/parallel-ranges.ts";
import type { UploadProtocol } from "../../src/sw/ports/upload-protocol.ts";
import type { WillSend } from "../../src/sw/sending/will-send.ts";
import { fetchTransport } from "../../src/sw/transports/fetch-transport.ts";
import { FakeLocks } from "../../src/testing/fake-locks.ts";
import { FakeBackgroundFetch, type FakeRegistration } from "./fake-background-fetch.ts";
import type { Exchange, RangeServer } from "./range-server.ts";

/** The faults of the disk, by the stores of a transaction. */
export interface DiskFaults {
  reads: (stores: readonly string[]) => boolean;
  writes: (stores: readonly string[]) => boolean;
}

/** A database whose worker may be stopped: its pending calls then never settle. */
class MortalDatabase extends Database {
  readonly #open = new Set<ReadTransaction | WriteTransaction>();
  readonly #faults: DiskFaults;
  #isDead = false;

  constructor(name: string, faults: DiskFaults) {
    super(name);
    this.#faults = faults;
  }

  override read<Result>(
    stores: Parameters<Database["read"]>[0],
    body: (tx: ReadTransaction) => Promise<Result>,
  ): Promise<Result> {
    if (this.#faults.reads(stores)) return Promise.reject(DISK_FAULT());
    return this.#whileAlive(() => super.read(stores, (tx) => this.#during(tx, body)));
  }

  override write<Result>(
    stores: Parameters<Database["write"]>[0],
    durability: "strict" | "relaxed",
    body: (tx: WriteTransaction) => Promise<Result>,
  ): Promise<Result> {
    if (this.#faults.writes(stores)) return Promise.reject(DISK_FAULT());
    return this.#whileAlive(() => super.write(stores, durability, (tx) => this.#during(tx, body)));
  }

  /** Uncommitted transactions are lost, as when the browser kills a worker. */
  die(): void {
    this.#isDead = true;
    for (const tx of this.#open) {
      try {
        tx.abort();
      } catch {
        // It was just being committed.
      }
    }
    this.close();
  }

  async #during<Tx extends ReadTransaction | WriteTransaction, Result>(
    tx: Tx,
    body: (tx: Tx) => Promise<Result>,
  ): Promise<Result> {
    if (this.#isDead) tx.abort();
    this.#open.add(tx);
    tx.done.catch(() => {}).finally(() => this.#open.delete(tx));
    return await body(tx);
  }

  #whileAlive<Result>(act: () => Promise<Result>): Promise<Result> {
    if (this.#isDead) return new Promise(() => {});
    return new Promise((resolve, reject) => {
      act().then(
        (result) => this.#isDead || resolve(result),
        (error: unknown) => this.#isDead || reject(error),
      );
    });
  }
}

const DISK_FAULT = () => storageError(new DOMException("the disk failed", "UnknownError"));

/** The state of one worker: a daemon, and its own connection to the disk. */
interface Life {
  readonly daemon: Daemon;
  readonly database: MortalDatabase;
  readonly death: AbortController;
}

/** The world around daemons that come and go: a disk and a server stay, everything in memory is lost. */
export class FakeWorld {
  readonly server: RangeServer;
  readonly notices: Notice[] = [];
  readonly log: LogEntry[] = [];
  readonly #name: string;
  #lives: Life[] = [];
  /** The browser's own fetches; undefined without Background Fetch. */
  backgroundFetch: FakeBackgroundFetch | undefined;
  /** Whether a page is open that starts background fetches on request. */
  hasStarter = true;
  /** The browser's locks; the daemon's is called "daemon". */
  readonly locks = new FakeLocks();
  isOnline = true;
  isExpensive: boolean | undefined;
  isConstrained: boolean | undefined;
  willSend: WillSend | undefined;
  integrity: IntegrityCheck | undefined;
  parallelRanges: ParallelRanges | undefined;
  destinations: Destinations | undefined;
  uploadProtocols: readonly UploadProtocol[] = [];
  freeBytes: () => Promise<number | undefined> = async () => undefined;
  hasWork = false;
  readonly faults: DiskFaults = { reads: () => false, writes: () => false };

  constructor(name: string, server: RangeServer) {
    this.#name = name;
    this.server = server;
  }

  /** The page's connection to the disk. */
  page(): Database {
    return new Database(this.#name);
  }

  /** Adds Background Fetch to the browser, which starts a worker for each fetch that has ended. */
  addBackgroundFetch(): FakeBackgroundFetch {
    this.backgroundFetch = new FakeBackgroundFetch(this.server.fetch, (ended) => this.#deliver(ended));
    return this.backgroundFetch;
  }

  /** Starts a worker, next to one that already runs. */
  start(): Daemon {
    const database = new MortalDatabase(this.#name, this.faults);
    const death = new AbortController();
    const daemon = new Daemon({
      host: this.#hostOf(database, death.signal),
      transport: fetchTransport,
      willSend: this.willSend,
      integrity: this.integrity,
      parallelRanges: this.parallelRanges,
      destinations: this.destinations,
      uploadProtocols: this.uploadProtocols,
      onWork: (hasWork) => {
        if (!death.signal.aborted) this.hasWork = hasWork;
      },
    });
    this.#lives.push({ daemon, database, death });
    daemon.start();
    return daemon;
  }

  /** The browser stops every worker, between two lines and silently. */
  kill(): void {
    for (const { database, death } of this.#lives) {
      death.abort();
      database.die();
    }
    this.#lives = [];
    // Connections die with their client; the server hears of it.
    const exchanges = this.server.exchanges.splice(0);
    const isKept = ({ request }: Exchange) => this.backgroundFetch?.isOwn(request) === true;
    for (const exchange of exchanges) if (!isKept(exchange)) exchange.cut();
    this.server.exchanges.push(...exchanges.filter(isKept));
  }

  /** The browser closes the daemon's connection to the disk by force. The data stays. */
  closeDatabase(): void {
    const database = this.#lives.at(-1)?.database;
    database?.close();
    database?.onTerminated();
  }

  get daemon(): Daemon | undefined {
    return this.#lives.at(-1)?.daemon;
  }

  /** The event goes to one worker, and is over when that worker is stopped. */
  async #deliver(registration: FakeRegistration): Promise<void> {
    if (this.#lives.length === 0) this.start();
    const { daemon, death } = this.#lives[0] as Life;
    const stopped = new Promise((resolve) => death.signal.addEventListener("abort", resolve));
    await Promise.race([new EventWindow(daemon).useFetch(registration), stopped]);
  }

  async #startFetch({ id, tasks, options }: FetchOffer): Promise<FetchStart> {
    try {
      if (!this.hasStarter || this.backgroundFetch === undefined) throw new Error("no page answered");
      const requests = await Promise.all(tasks.map((task) => this.#requestFor(task)));
      await this.backgroundFetch.fetch(id, requests, options);
      return { isStarted: true };
    } catch (error) {
      return { isStarted: false, error: String(error) };
    }
  }

  async #requestFor(task: OfferedTask): Promise<Request> {
    const { url, body: inline, ...init } = task.request;
    if (!task.hasBody) return new Request(url, { ...init, ...(inline !== undefined && { body: inline }) });
    const database = this.page();
    const body = await readBody(database, task);
    database.close();
    return new Request(url, { ...init, ...(body !== undefined && { body: bodyInitOf(body) }) });
  }

  #hostOf(database: Database, death: AbortSignal): DaemonHost {
    const forever = new Promise<never>(() => {});
    const whileAlive = <Value>(act: () => Promise<Value>): Promise<Value> =>
      death.aborted ? forever : act().then((value) => (death.aborted ? forever : value));
    return {
      database,
      origin: "https://app.test",
      now: () => Date.now(),
      random: () => 0.5,
      isOnline: () => this.isOnline,
      isExpensive: () => this.isExpensive,
      isConstrained: () => this.isConstrained,
      isMultiplexed: () => undefined,
      connectionTo: () => undefined,
      fetch: (request) => whileAlive(() => this.server.fetch(request)),
      freeBytes: () => this.freeBytes(),
      broadcast: (notice) => {
        if (!death.aborted) this.notices.push(notice);
      },
      askForPresence: async () => 0,
      isOwnerLocked: async () => false,
      fetches: new BackgroundFetches(
        this.backgroundFetch && {
          fetch: async () => {
            throw new TypeError("backgroundFetch.fetch() is not allowed in service worker environments.");
          },
          get: (id) => whileAlive(async () => this.backgroundFetch?.get(id)),
          getIds: () => whileAlive(async () => (await this.backgroundFetch?.getIds()) ?? []),
        },
      ),
      isFetchAllowed: async () => true,
      startFetch: (offer) => whileAlive(() => this.#startFetch(offer)),
      isLookedAt: async () => false,
      shown: async () => [],
      hide: async () => {},
      notify: async () => {},
      reportError: () => {},
      exclusively: (body, signal) => exclusively(this.#locksUntil(death), "daemon", body, signal),
      log: (entry) => void this.log.push(entry),
    };
  }

  /** The browser releases the locks of a worker that is stopped. */
  #locksUntil(death: AbortSignal): LockManager {
    const dead = new Promise<void>((resolve) => death.addEventListener("abort", () => resolve()));
    const { locks } = this;
    return {
      query: () => locks.query(),
      // A stopped worker requests nothing more, and a lock that it waited for passes to the next.
      request: (name: string, options: LockOptions, hold: () => Promise<void>) =>
        death.aborted
          ? new Promise(() => {})
          : locks.request(name, options, () => (death.aborted ? dead : Promise.race([hold(), dead]))),
    } as LockManager;
  }
}

/** Lets all pending work run as far as it gets without time passing. */
export async function macrotasks(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
