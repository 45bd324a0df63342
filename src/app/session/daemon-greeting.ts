import { pause } from "../../async/pause.ts";
import { SessionError } from "../../protocol/session-error.ts";
import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import type { Greeting } from "../../protocol/versions.ts";
import { noteScript } from "../../store/registered-scripts.ts";
import type { KnownDaemon } from "../../store/schema.ts";
import { keepDaemon } from "../../store/sessions.ts";
import { pathOf } from "../daemon/daemon-location.ts";
import { greet, isKnown } from "../daemon/handshake.ts";
import type { SessionContext } from "./session-context.ts";

/** What a session knows of its daemon: what the worker's script said last time, until it answers. */
export class DaemonGreeting {
  readonly #context: SessionContext;
  readonly #onMissing: (error: SessionError) => void;
  /** The daemon as it is on disk. */
  #kept: KnownDaemon | undefined;
  #greeting: Greeting | undefined;
  #isGreeting = false;

  constructor(context: SessionContext, onMissing: (error: SessionError) => void) {
    this.#context = context;
    this.#onMissing = onMissing;
  }

  /**
   * Greets the daemon. A worker takes a while to start: if its script is known, what it said last time is believed until
   * it answers. The very message that starts it holds the page up, so that the caller has its session first.
   * @returns what fulfils when the daemon has answered
   * @throws SessionError `daemon-missing`, `daemon-outdated` or `page-outdated` if the daemon is not known yet
   */
  async begin(kept: KnownDaemon | undefined): Promise<{ readonly met: Promise<void> }> {
    const { link, identifier } = this.#context;
    const isKept = isKnown(link, kept);
    this.#kept = kept;
    const answer = (isKept ? pause(0) : Promise.resolve()).then(() => {
      link.bePresent();
      return greet(link, identifier);
    });
    answer.catch(() => {});
    this.#greeting = isKept ? kept.greeting : await answer;
    const met = answer.then((greeting) => this.#onGreeting(greeting));
    met.catch(() => {});
    return { met };
  }

  /** Greets a daemon that is another one now, or says nothing. It tells how the tasks stand, and takes up new ones. */
  async again(): Promise<void> {
    if (this.#isGreeting) return;
    this.#isGreeting = true;
    // On a busy machine a worker may take longer to start than an opening session waits.
    const hello = () => greet(this.#context.link, this.#context.identifier);
    await hello()
      .catch(hello)
      .then((greeting) => this.#onGreeting(greeting))
      .catch(this.#onMissing);
    this.#isGreeting = false;
  }

  /** The next session must not believe what this daemon said. */
  forget(): Promise<void> {
    const { link, identifier } = this.#context;
    return keepDaemon(link.database, identifier, undefined).catch(() => {});
  }

  /** @throws TypeError or SessionError if the daemon cannot send an upload that way */
  checkUpload(protocol: UploadProtocolName | undefined): void {
    const { uploadProtocols } = this.#greeting ?? {};
    if (uploadProtocols === undefined) {
      const message =
        "The service worker is of a version that has no uploads yet. Reload the page to get the new one.";
      throw new SessionError("daemon-outdated", message, { identifier: this.#context.identifier });
    }
    if (protocol === undefined || uploadProtocols.includes(protocol)) return;
    const call = protocol === "s3" ? "s3({ sign })" : protocol;
    const isOurs = /^(tus|ietf|s3)$/.test(protocol);
    throw notGiven(protocol, `uploadProtocols: [${call}]`, isOurs && protocol);
  }

  /** @throws TypeError if the daemon was not given a part that a task needs */
  checkPart(part: keyof typeof PARTS): void {
    const [mark, entry] = PARTS[part];
    if (!this.#greeting?.[mark]) throw notGiven(part, part, entry);
  }

  /** @throws SessionError if the daemon would run the tasks in any order */
  checkOrder(): void {
    if (this.#greeting?.keepsOrder) return;
    const message =
      "The service worker is of a version that has no queues yet. Reload the page to get the new one.";
    throw new SessionError("daemon-outdated", message, { identifier: this.#context.identifier });
  }

  #onGreeting(greeting: Greeting): void {
    const { link, identifier, life } = this.#context;
    if (life.isOver) return;
    this.#greeting = greeting;
    const { database, registration, isOwnScript } = link;
    const script = registration?.active?.scriptURL;
    if (script === undefined || JSON.stringify(this.#kept) === JSON.stringify({ script, greeting })) return;
    this.#kept = { script, greeting };
    keepDaemon(database, identifier, this.#kept).catch(() => {});
    // An app that deletes its databases at logout may be deployed under another script's name afterwards.
    if (isOwnScript) noteScript(database, pathOf(script)).catch(() => {});
  }
}

/** The mark in the greeting of a daemon that has a part, and the entry that has the part. */
const PARTS = {
  integrity: ["checksIntegrity", "integrity"],
  destinations: ["placesFiles", "destinations"],
  parallelRanges: ["splitsDownloads", "parallel"],
} as const;

/** @param entry false if the part is the app's own */
function notGiven(name: string, option: string, entry: string | false = name): TypeError {
  const how = entry
    ? `import { ${name} } from "background-session/${entry}"; startDaemon({ ${option} })`
    : `list your protocol "${name}" in uploadProtocols`;
  return new TypeError(`The service worker has not been given "${name}". In its script: ${how}.`);
}
