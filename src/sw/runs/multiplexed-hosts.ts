import { changeFact, readFact } from "../../store/facts.ts";
import { FIRST_PACE, type Pace, paceAfter, type TimedAnswer } from "../decisions/pace.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";

const FACT = "multiplexed-hosts";
/** On disk, so that a worker that starts anew knows them. */
const MAX_HOSTS = 100;

/** The hosts that were seen to take many requests on one connection, and how many short ones each gets at once. */
export class MultiplexedHosts {
  readonly #host: Pick<DaemonHost, "database" | "isMultiplexed">;
  readonly #paces = new Map<string, Pace>();

  constructor(host: Pick<DaemonHost, "database" | "isMultiplexed">) {
    this.#host = host;
  }

  get widths(): ReadonlyMap<string, number> {
    return new Map([...this.#paces].map(([host, { width }]) => [host, width]));
  }

  /** Reads those that earlier workers saw. Never rejects: without them, they are seen again. */
  async load(): Promise<void> {
    const kept = await readFact(this.#host.database, FACT).catch(() => undefined);
    for (const host of Array.isArray(kept) ? kept : [])
      if (!this.#paces.has(host)) this.#paces.set(host, FIRST_PACE);
  }

  /**
   * Its server answered.
   * @param answer that to a short request
   * @param inUse how many short requests the host had at once
   */
  answered(url: string, answer: TimedAnswer | undefined, inUse: number): void {
    const { host } = new URL(url);
    const known = this.#paces.get(host);
    const isMultiplexed = this.#host.isMultiplexed(url) ?? known !== undefined;
    const pace = known ?? FIRST_PACE;
    if (isMultiplexed) this.#paces.set(host, answer === undefined ? pace : paceAfter(pace, answer, inUse));
    else this.#paces.delete(host);
    if (isMultiplexed === (known !== undefined)) return;
    const hosts = [...this.#paces.keys()].slice(-MAX_HOSTS);
    // Without a place on disk, the next worker sees them again.
    changeFact(this.#host.database, FACT, () => hosts).catch(() => {});
  }
}
