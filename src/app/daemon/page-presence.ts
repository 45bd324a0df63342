import type { CommandMessage, PagePresence as Presence } from "../../protocol/commands.ts";
import { PRESENCE_QUESTION } from "../../protocol/notices.ts";
import type { Endpoint } from "./endpoint.ts";
import { isOfWorkerOf, pageName } from "./worker-messages.ts";

/** What a page that has sessions open is asked, and told. */
export interface PagePresenceOptions {
  readonly hasWork: () => boolean;
  /** The sessions that this realm owns. */
  readonly owned: () => readonly string[];
  /** The daemon asked whether the page is there. */
  readonly onQuestion: () => void;
  /** The page goes into the back/forward cache, or is frozen: until `onReturn` it must do nothing. */
  readonly onRest: (isCached: boolean) => void;
  readonly onReturn: () => void;
  readonly askForSync: () => Promise<void>;
}

/** https://www.w3.org/TR/battery-status/, which TypeScript's types do not have. */
interface BatteryNavigator {
  getBattery?(): Promise<EventTarget & { readonly charging: boolean }>;
}

/** Tells the daemon that the page is there, whether it can be seen, and when it leaves. */
export class PagePresence {
  readonly #endpoint: Endpoint;
  readonly #options: PagePresenceOptions;
  #isAnswering = false;
  #hasLeft = false;
  /** Only Chromium tells. */
  #battery: { readonly charging: boolean } | undefined;

  constructor(endpoint: Endpoint, options: PagePresenceOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  /** Follows the events of the page until `signal` is aborted, and answers the daemon's questions for ever. */
  begin(signal: AbortSignal): void {
    this.#listen();
    const { document } = globalThis;
    const { onRest, onReturn } = this.#options;
    globalThis.addEventListener("online", () => this.tell({ hasNetworkReturned: true }), { signal });
    globalThis.addEventListener("pageshow", (event) => this.#arrive(event), { signal });
    globalThis.addEventListener("pagehide", (event) => this.#leave(event), { signal });
    document?.addEventListener("visibilitychange", () => this.#tellVisibility(), { signal });
    document?.addEventListener("freeze", () => onRest(false), { signal });
    document?.addEventListener("resume", onReturn, { signal });
    this.tell();
    void this.#watchPower(signal);
  }

  tell({ hasNetworkReturned = false, isLeaving = false }: Partial<Presence> = {}): void {
    const isVisible = !isLeaving && globalThis.document?.visibilityState === "visible";
    const owns = isLeaving ? [] : this.#options.owned();
    const command = {
      type: "presence",
      isVisible,
      hasNetworkReturned,
      isLeaving,
      isOnBattery: this.#battery?.charging === false,
      owns,
      page: pageName(),
    } as const;
    const message: CommandMessage = { backgroundSession: "command", command };
    this.#endpoint.send(message, isLeaving);
  }

  async #watchPower(signal: AbortSignal): Promise<void> {
    const battery = await (navigator as BatteryNavigator).getBattery?.().catch(() => undefined);
    this.#battery = battery;
    battery?.addEventListener("chargingchange", () => this.tell(), { signal });
    if (battery?.charging === false) this.tell();
  }

  /** Answers the daemon's question whether the page is there. */
  answer(): void {
    this.#options.onQuestion();
    this.tell();
  }

  /** A page that has closed its sessions is still there, and their tasks run on: the worker must not be stopped. */
  #listen(): void {
    if (this.#isAnswering || this.#endpoint.registration === undefined) return;
    this.#isAnswering = true;
    const container = navigator.serviceWorker;
    container.addEventListener("message", ({ data, source }) => {
      // Each worker of the origin asks every page: only the one of this registration is answered.
      const { registration } = this.#endpoint;
      if (registration === undefined || !isQuestion(data) || !isOfWorkerOf(registration, source)) return;
      this.answer();
    });
    container.startMessages?.();
  }

  /** A hidden page may be ended without another word. */
  #tellVisibility(): void {
    // A page that is closed becomes hidden once more after it said that it leaves.
    if (this.#hasLeft) return;
    if (globalThis.document?.visibilityState === "hidden") this.#askForSync();
    this.tell();
  }

  #leave({ persisted }: PageTransitionEvent): void {
    this.#askForSync();
    this.tell({ isLeaving: true });
    this.#hasLeft = true;
    if (persisted) this.#options.onRest(true);
  }

  #arrive({ persisted }: PageTransitionEvent): void {
    this.#hasLeft = false;
    if (persisted) this.#options.onReturn();
    this.tell();
  }

  #askForSync(): void {
    if (this.#options.hasWork()) void this.#options.askForSync();
  }
}

export function isQuestion(data: unknown): boolean {
  return (
    (data as { backgroundSession?: unknown } | null)?.backgroundSession ===
    PRESENCE_QUESTION.backgroundSession
  );
}
