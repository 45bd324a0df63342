import { isRecord } from "../../protocol/checks.ts";

/** What the realms that have a session open say to each other, on a channel with the name of its lock. */
type Call =
  /** The owner is asked to answer. If a window asks, a worker has to give way to it (S3). */
  | { readonly say: "who-owns"; readonly isWindow: boolean }
  | { readonly say: "mine" }
  /** A worker owns the session, and releases it for a window once the event in hand is settled. */
  | { readonly say: "giving-way" }
  /** The owner has released the session. */
  | { readonly say: "free" };

const OVERSLEPT_MS = 1_000;

export type OwnersAnswer = "mine" | "giving-way" | "none";

export interface RollCallOptions {
  readonly name: string;
  readonly isOwner: () => boolean;
  /** A window wants what this worker owns. */
  readonly onGiveWay: () => void;
}

/** Asks whether the owner of a session is alive, and answers if this realm is the owner (S10). */
export class RollCall {
  readonly #options: RollCallOptions;
  readonly #channel: BroadcastChannel;
  readonly #listeners = new Set<(said: Call["say"]) => void>();

  constructor(options: RollCallOptions) {
    this.#options = options;
    this.#channel = new BroadcastChannel(options.name);
    this.#channel.onmessage = ({ data }) => isRecord(data) && this.#read(data as unknown as Call);
  }

  /** Fulfils with the owner's answer, or with `"none"` if it does not answer in time. */
  async ask(limitMs: number): Promise<OwnersAnswer> {
    for (;;) {
      const askedAt = Date.now();
      const answer = this.hear(limitMs, ["mine", "giving-way"]);
      this.say({ say: "who-owns", isWindow: isWindow() });
      const said = (await answer) as OwnersAnswer;
      // If this realm itself was frozen or hung meanwhile, the silence says nothing about the owner.
      if (said !== "none" || Math.abs(Date.now() - askedAt) < limitMs + OVERSLEPT_MS) return said;
    }
  }

  say(call: Call): void {
    try {
      this.#channel.postMessage(call);
    } catch {
      // The channel was closed meanwhile.
    }
  }

  close(): void {
    this.#channel.close();
  }

  /** Fulfils with the first of these words that is said, or with `"none"` if none is said in time. */
  hear(limitMs: number, words: readonly Call["say"][]): Promise<Call["say"] | "none"> {
    return new Promise((resolve) => {
      const finish = (said: Call["say"] | "none"): void => {
        clearTimeout(timer);
        this.#listeners.delete(listen);
        resolve(said);
      };
      const listen = (said: Call["say"]): void => {
        if (words.includes(said)) finish(said);
      };
      const timer = setTimeout(finish, limitMs, "none");
      this.#listeners.add(listen);
    });
  }

  #read(call: Call): void {
    for (const listen of this.#listeners) listen(call.say);
    if (call.say !== "who-owns" || !this.#options.isOwner()) return;
    if (call.isWindow && !isWindow()) {
      this.say({ say: "giving-way" });
      this.#options.onGiveWay();
      return;
    }
    // Chromium's frozen pages still hear broadcasts, but no messages of a port: a page that answers is awake.
    inMessage(() => this.say({ say: "mine" }));
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
