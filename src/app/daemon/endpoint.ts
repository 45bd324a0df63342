import type { CommandMessage } from "../../protocol/commands.ts";
import type { DaemonKind } from "../../protocol/daemon-kind.ts";
import type { LocalDaemon } from "../../protocol/local-daemon.ts";
import type { PageDaemon } from "./page-daemon.ts";
import { tellWorker } from "./worker-messages.ts";

export type FindAgain = () => Promise<ServiceWorkerRegistration>;

/** One of three. */
export interface Place {
  readonly registration?: ServiceWorkerRegistration;
  readonly pageDaemon?: PageDaemon;
  readonly local?: LocalDaemon;
}

/** The place where a realm finds its daemon, and the way to send a message there. */
export class Endpoint {
  readonly scope: string;
  /** Replaced if it was removed and another one was found. */
  registration: ServiceWorkerRegistration | undefined;
  /** Finds the daemon once its registration is gone. @throws SessionError `daemon-missing` */
  findAgain: FindAgain | undefined;
  readonly pageDaemon: PageDaemon | undefined;
  readonly local: LocalDaemon | undefined;
  /** The newer worker that waited at the last look. */
  #waiting: ServiceWorker | null | undefined;

  constructor(scope: string, { registration, pageDaemon, local }: Place) {
    this.scope = scope;
    this.registration = registration;
    this.pageDaemon = pageDaemon;
    this.local = local;
  }

  get kind(): DaemonKind {
    return this.pageDaemon === undefined ? "service-worker" : "page";
  }

  /** A registration that was removed has no worker any more, or one that is redundant. */
  get isUsable(): boolean {
    if (this.registration === undefined) return true;
    const { active } = this.registration;
    return active !== null && active.state !== "redundant";
  }

  /** Whether a newer worker waits that did not at the last look. */
  seesNewWaiting(): boolean {
    const seen = this.#waiting;
    this.#waiting = this.registration?.waiting;
    return this.#waiting != null && this.#waiting !== seen;
  }

  /** Whether the worker was unregistered, or the site's data deleted. A controlling worker may answer nevertheless. */
  async isGone(): Promise<boolean> {
    const { registration, findAgain, scope } = this;
    if (registration === undefined || findAgain === undefined) return false;
    if (!this.isUsable) return true;
    const known = await navigator.serviceWorker.getRegistration(scope).catch(() => registration);
    return known !== registration;
  }

  send(message: CommandMessage, isLeaving = false): void {
    if (this.registration !== undefined) tellWorker(this.registration, message, isLeaving);
    else this.pageDaemon?.tell(message);
  }

  /** Sends a message. @returns the port on which the answer comes */
  ask(message: CommandMessage): MessagePort | BroadcastChannel {
    if (this.pageDaemon !== undefined) return this.pageDaemon.ask(message);
    const { port1, port2 } = new MessageChannel();
    this.registration?.active?.postMessage(message, [port2]);
    return port1;
  }
}
