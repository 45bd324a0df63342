import { isRecord } from "../../protocol/checks.ts";

/** What the realms that have a session open say to each other, on a channel with the name of its lock. */
type Call =
  /** Whoever owns it, say so. A window asks, or a worker, which has to let windows go first (S3). */
  | { readonly say: "who-owns"; readonly isWindow: boolean }
  | { readonly say: "mine" }
  /** A worker owns it, and lets a window have it as soon as the event in hand is settled. */
  | { readonly say: "giving-way" }
  /** It let go. */
  | { readonly say: "free" };

const OVERSLEPT_MS = 1_000;

export type OwnersAnswer = "mine" | "giving-way" | "none";

export interface RollCallOptions {
  readonly name: string;
  readonly isOwner: () => boolean;
  /** A window wants what this worker owns. */
  readonly onGiveWay: () => void;
}

/** Asks whether the owner of a session is alive, and answers when this realm is the one (S10). */
export class RollCall {
  readonly #options: RollCallOptions;
  readonly #channel: BroadcastChannel;
  readonly #listeners = new Set<(say: Call["say"]) => void>();

  constructor(options: RollCallOptions) {
    this.#options = options;
    this.#channel = new BroadcastChannel(options.name);
    this.#channel.onmessage = ({ data }) => isRecord(data) && this.#heard(data as unknown as Call);
  }

  /** Fulfils with what the owner says, or with `"none"` when nobody says anything in time. */
  async ask(limitMs: number): Promise<OwnersAnswer> {
    for (;;) {
      const askedAt = Date.now();
      const answer = this.#wait(limitMs, ["mine", "giving-way"]);
      this.#say({ say: "who-owns", isWindow: isWindow() });
      const said = (await answer) as OwnersAnswer;
      // Where this realm itself was frozen or hung meanwhile, its silence says nothing about the owner.
      if (said !== "none" || Math.abs(Date.now() - askedAt) < limitMs + OVERSLEPT_MS) return said;
    }
  }

  /** Fulfils when a worker that gives way has let go, or when that takes too long. */
  async freed(limitMs: number): Promise<void> {
    await this.#wait(limitMs, ["free"]);
  }

  sayFree(): void {
    this.#say({ say: "free" });
  }

  /** Whoever is just asking for the owner before this one hears of it. */
  sayMine(): void {
    this.#say({ say: "mine" });
  }

  close(): void {
    this.#channel.close();
  }

  #wait(limitMs: number, wanted: readonly Call["say"][]): Promise<Call["say"] | "none"> {
    return new Promise((resolve) => {
      const finish = (say: Call["say"] | "none"): void => {
        clearTimeout(timer);
        this.#listeners.delete(listen);
        resolve(say);
      };
      const listen = (say: Call["say"]): void => {
        if (wanted.includes(say)) finish(say);
      };
      const timer = setTimeout(finish, limitMs, "none");
      this.#listeners.add(listen);
    });
  }

  #heard(call: Call): void {
    for (const listen of this.#listeners) listen(call.say);
    if (call.say !== "who-owns" || !this.#options.isOwner()) return;
    if (call.isWindow && !isWindow()) {
      this.#say({ say: "giving-way" });
      this.#options.onGiveWay();
      return;
    }
    // Chromium's frozen pages go on hearing broadcasts, but no messages of a port: those that answer are awake.
    inMessage(() => this.#say({ say: "mine" }));
  }

  #say(call: Call): void {
    try {
      this.#channel.postMessage(call);
    } catch {
      // It was closed meanwhile.
    }
  }
}

/** Calls `act` as soon as this realm handles a message; a timer would be late in a hidden page. */
function inMessage(act: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    act();
  };
  port2.postMessage(undefined);
}

function isWindow(): boolean {
  return typeof document !== "undefined";
}
