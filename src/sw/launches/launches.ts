import type { Launch } from "../../protocol/local-daemon.ts";
import { beginLaunch, type DueLaunch, dueLaunches, endLaunch, hasNewQuestion } from "../../store/launches.ts";
import type { OwnerWatch } from "../pages/owner-watch.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import { ActiveLaunch, type HandleEvents } from "./active-launch.ts";

/** A launch may take as long as an event may be open (L6, W2). */
const LAUNCH_MS = 150_000;

export interface LaunchesOptions {
  readonly host: DaemonHost;
  readonly owners: OwnerWatch;
  /** Absent if the app is not to be launched: its events wait for the next page (L7). */
  readonly handleEvents?: HandleEvents | undefined;
  /** Whether anything of a session is still to be transferred. */
  readonly isBusy: (session: string) => boolean;
  /** The keys of a session's tasks that wait for the app's answer. */
  readonly asking: (session: string) => readonly string[];
  /** The app has handled its events. */
  readonly onLaunched: () => void;
  /** `isActive` or `hasWork` has changed. */
  readonly onChange: () => void;
}

/**
 * Launches the app in the background for sessions that have events and no live owner:
 *
 *     due ──a page has it──→ owed               (looked at again at the next wake)
 *      │
 *     record ─→ app opens the session ─→ events ─→ didFinishEvents ─→ completion handler ─→ record deleted
 *                  │ worker stopped, app fails or hangs ─→ record stays: launched again at the next wake
 *                  └ a page opens it ─→ record deleted
 */
export class Launches {
  readonly #options: LaunchesOptions;
  readonly #active = new Map<string, ActiveLaunch>();
  /** Sessions whose launch failed or gave way since the last wake: they wait, so that no app is launched in a loop. */
  readonly #postponed = new Set<string>();
  #isStarted = false;
  #checking: Promise<void> | undefined;
  #mustCheckAgain = false;
  #isLastChance = false;
  #isOwed = false;

  constructor(options: LaunchesOptions) {
    this.#options = options;
  }

  /** Whether a launch is under way, or may be about to begin. */
  get isActive(): boolean {
    return this.isLaunching || this.#checking !== undefined;
  }

  get isLaunching(): boolean {
    return this.#active.size > 0;
  }

  /** The app is being launched, or will be at the next wake. */
  get hasWork(): boolean {
    return this.isLaunching || this.#isOwed;
  }

  /** Returns the launch for whose events a session is opened now. */
  of(session: string): Launch | undefined {
    const launch = this.#active.get(session);
    return launch?.isOver ? undefined : launch;
  }

  /** A page opens the session: it gets the events of a launch that broke off. */
  async leaveToPage(session: string): Promise<void> {
    if (!this.#active.has(session)) await endLaunch(this.#options.host.database, session, undefined);
  }

  /** Begins the launches that are due, or that a stopped worker has left. */
  start(): void {
    this.#isStarted = true;
    this.wake();
  }

  /** Ends the launches; their records stay for the next daemon. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    this.#isLastChance = false;
    await Promise.all([...this.#active.values()].map((launch) => launch.abandon()));
  }

  /** The worker was woken, or a page left: postponed launches are tried again. */
  wake(): void {
    this.#postponed.clear();
    this.check();
  }

  /** No sync event will come after this one: the app is launched also for sessions with unfinished transfers (L1). */
  takeLastChance(): void {
    this.#isLastChance = true;
    this.check();
  }

  /** Checks whether launches are due: something has changed that this depends on. */
  check(): void {
    if (this.#options.handleEvents === undefined || !this.#isStarted) return;
    this.#mustCheckAgain = true;
    if (this.#checking !== undefined) return;
    this.#checking = this.#checkUntilQuiet().finally(() => {
      this.#checking = undefined;
      this.#options.onChange();
    });
    this.#options.onChange();
  }

  async #checkUntilQuiet(): Promise<void> {
    const { database, log } = this.#options.host;
    while (this.#mustCheckAgain && this.#isStarted) {
      this.#mustCheckAgain = false;
      try {
        const due = await dueLaunches(database);
        const owned = await Promise.all(
          due.map(async (launch) => (await this.#isWanted(launch)) && this.#consider(launch)),
        );
        this.#isOwed = owned.includes(true);
      } catch (error) {
        log({ level: "error", message: `Launches could not be looked up: ${String(error)}` });
      }
    }
    this.#isLastChance = false;
  }

  async #isWanted(due: DueLaunch): Promise<boolean> {
    const { host, isBusy, asking } = this.#options;
    const { session, record } = due;
    if (this.#active.has(session)) return false;
    if (record !== undefined || this.#isLastChance || !isBusy(session)) return true;
    return hasNewQuestion(host.database, due, asking(session));
  }

  /** @returns whether the launch stays due: a page has the session, or the app failed */
  async #consider({ session, record }: DueLaunch): Promise<boolean> {
    const { owners, host } = this.#options;
    if (this.#postponed.has(session)) return true;
    if (!(await owners.isOwned(session))) {
      await this.#begin(session);
      return false;
    }
    // The page gets the events of that launch.
    if (record !== undefined && !this.#active.has(session))
      await endLaunch(host.database, session, undefined);
    return true;
  }

  async #begin(session: string): Promise<void> {
    const { host, handleEvents } = this.#options;
    if (!this.#isStarted) return;
    const due = await beginLaunch(host.database, session, host.now());
    if (due?.record === undefined || handleEvents === undefined || !this.#isStarted) return;
    host.log({ level: "info", message: `Launching the app, try ${due.record.tries}.`, session });
    const launch = new ActiveLaunch(session, {
      handleEvents,
      limitMs: LAUNCH_MS,
      onError: (error) => host.reportError(error),
    });
    this.#active.set(session, launch);
    void this.#finish(due, launch);
  }

  async #finish({ session, upTo }: DueLaunch, launch: ActiveLaunch): Promise<void> {
    const { host, onChange } = this.#options;
    try {
      const end = await launch.end;
      const place = end.kind === "handled" ? (end.offeredUpTo ?? upTo) : undefined;
      // Events that the app did not wait for, or that a page has now, are due again at the next wake.
      if (place === undefined || place < upTo) this.#postponed.add(session);
      await endLaunch(host.database, session, place);
      host.log({ level: "info", message: `The launch is over: ${end.kind}.`, session });
      this.#options.onLaunched();
    } catch (error) {
      // If a page has the session now, it gets the events, and the record may go at once.
      if (!(await this.#options.owners.isOwned(session).catch(() => false))) this.#postponed.add(session);
      this.#isOwed = true;
      host.log({ level: "error", message: `The launch failed: ${String(error)}`, session });
    }
    this.#active.delete(session);
    onChange();
    // More tasks may have ended meanwhile.
    this.check();
  }
}
