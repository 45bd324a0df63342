import type { Launch } from "../../protocol/local-daemon.ts";
import { beginLaunch, type DueLaunch, dueLaunches, endLaunch } from "../../store/launches.ts";
import type { OwnerWatch } from "../pages/owner-watch.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import { ActiveLaunch, type HandleEvents } from "./active-launch.ts";

/** A launch is bounded by what a browser gives an event; like every other event it is left in time (L6, W2). */
const LAUNCH_MS = 150_000;

export interface LaunchesOptions {
  readonly host: DaemonHost;
  readonly owners: OwnerWatch;
  /** Absent in an app that is not launched: its events wait for the next page (L7). */
  readonly handleEvents: HandleEvents | undefined;
  /** Whether anything of a session is still to be transferred. */
  readonly isBusy: (session: string) => boolean;
  /** The app has handled its events. */
  readonly onLaunched: () => void;
  /** `isActive` or `hasWork` has changed. */
  readonly onChange: () => void;
}

/**
 * Launches the app in the background for the sessions whose events nobody gets:
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
  /** Failed or gave way since the last wake: so an app is not launched in a loop. */
  readonly #passed = new Set<string>();
  #isStarted = false;
  #looking: Promise<void> | undefined;
  #mustLookAgain = false;
  #isLastChance = false;
  #isOwed = false;

  constructor(options: LaunchesOptions) {
    this.#options = options;
  }

  /** Whether a launch is under way, or being decided on. */
  get isActive(): boolean {
    return this.isLaunching || this.#looking !== undefined;
  }

  get isLaunching(): boolean {
    return this.#active.size > 0;
  }

  /** The app is being launched, or will be at the next wake: there is something to be woken for. */
  get hasWork(): boolean {
    return this.isLaunching || this.#isOwed;
  }

  /** The launch that a session which is opened now belongs to. */
  of(session: string): Launch | undefined {
    const launch = this.#active.get(session);
    return launch?.isOver ? undefined : launch;
  }

  /** A page opens the session: it takes up what a launch that broke off was for. */
  async leaveToPage(session: string): Promise<void> {
    if (!this.#active.has(session)) await endLaunch(this.#options.host.database, session, undefined);
  }

  /** The daemon runs: what is due, or was left by a worker that died, is begun. */
  start(): void {
    this.#isStarted = true;
    this.wake();
  }

  /** Invalidates what is open; the records stay for the daemon that comes after this one. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    this.#isLastChance = false;
    await Promise.all([...this.#active.values()].map((launch) => launch.abandon()));
  }

  /** The worker was woken, or a page left: what failed or was left to a page is tried again. */
  wake(): void {
    this.#passed.clear();
    this.look();
  }

  /** No sync event will come after this one: also those are launched that have something left to transfer (L1). */
  takeLastChance(): void {
    this.#isLastChance = true;
    this.look();
  }

  /** Something changed on which it depends whether the app is to be launched. */
  look(): void {
    if (this.#options.handleEvents === undefined || !this.#isStarted) return;
    this.#mustLookAgain = true;
    if (this.#looking !== undefined) return;
    this.#looking = this.#lookUntilQuiet().finally(() => {
      this.#looking = undefined;
      this.#options.onChange();
    });
    this.#options.onChange();
  }

  async #lookUntilQuiet(): Promise<void> {
    const { database, log } = this.#options.host;
    while (this.#mustLookAgain && this.#isStarted) {
      this.#mustLookAgain = false;
      try {
        const due = (await dueLaunches(database)).filter((launch) => this.#isWanted(launch));
        const owned = await Promise.all(due.map((launch) => this.#consider(launch)));
        this.#isOwed = owned.includes(true);
      } catch (error) {
        log({ level: "error", message: `Launches could not be looked up: ${String(error)}` });
      }
    }
    this.#isLastChance = false;
  }

  #isWanted({ session, record }: DueLaunch): boolean {
    if (this.#active.has(session)) return false;
    return record !== undefined || this.#isLastChance || !this.#options.isBusy(session);
  }

  /** @returns whether the launch is owed: a page has the session, or the app failed */
  async #consider({ session, record }: DueLaunch): Promise<boolean> {
    const { owners, host } = this.#options;
    if (this.#passed.has(session)) return true;
    if (!(await owners.isOwned(session))) {
      await this.#begin(session);
      return false;
    }
    // The page has taken up what that launch was for.
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
      // What the app did not wait for, or a page has now, comes with the next wake.
      if (place === undefined || place < upTo) this.#passed.add(session);
      await endLaunch(host.database, session, place);
      host.log({ level: "info", message: `The launch is over: ${end.kind}.`, session });
      this.#options.onLaunched();
    } catch (error) {
      // A page that has the session now takes up what the launch was for: then the record may go at once.
      if (!(await this.#options.owners.isOwned(session).catch(() => false))) this.#passed.add(session);
      this.#isOwed = true;
      host.log({ level: "error", message: `The launch failed: ${String(error)}`, session });
    }
    this.#active.delete(session);
    onChange();
    // Tasks may have ended since that nobody was told of.
    this.look();
  }
}
