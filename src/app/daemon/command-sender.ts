import { pause } from "../../async/pause.ts";
import { isRecord } from "../../protocol/checks.ts";
import type { Answer, Command } from "../../protocol/commands.ts";
import { SessionError, type SessionErrorCode } from "../../protocol/session-error.ts";
import type { Endpoint } from "./endpoint.ts";

/** An answer takes milliseconds, or a second if the worker has to boot. After this the command is sent again. */
const ANSWER_MS = 5_000;
const AGAIN_MS = 200;

/** Has commands carried out, and sends each again until it is answered: the worker may be stopped in between. */
export class CommandSender {
  readonly #endpoint: Endpoint;
  readonly #moveIfGone: () => Promise<boolean>;
  /** Give up on the answers that are waited for. */
  readonly #giveUps = new Set<() => void>();

  constructor(endpoint: Endpoint, moveIfGone: () => Promise<boolean>) {
    this.#endpoint = endpoint;
    this.#moveIfGone = moveIfGone;
  }

  /**
   * @param limitMs how long an answer is waited for
   * @param signal aborted when the session is closed
   * @throws SessionError `daemon-missing` after `limitMs`, or what the daemon answered
   */
  async request(command: Command, limitMs = 60_000, signal?: AbortSignal): Promise<unknown> {
    const deadline = Date.now() + limitMs;
    while (!signal?.aborted) {
      const answer = await (this.#endpoint.local?.request(command) ?? this.#ask(command, signal));
      if (answer.isOk) return answer.value;
      if (answer.code !== "daemon-missing" || Date.now() >= deadline)
        throw new SessionError(answer.code as SessionErrorCode, answer.message);
      if (!(await this.#moveIfGone())) await pause(AGAIN_MS);
    }
    throw new SessionError("session-invalidated", "The session was closed before the daemon answered.");
  }

  /** The daemon has started anew: the commands that the one before it was sent are lost, and are sent again. */
  sendAgain(): void {
    for (const giveUp of this.#giveUps) giveUp();
  }

  /** Fulfils with the daemon's answer, or with `daemon-missing` if none comes in time. */
  #ask(command: Command, signal: AbortSignal | undefined): Promise<Answer> {
    if (!this.#endpoint.isUsable) return Promise.resolve(NO_ANSWER);
    const reply = this.#endpoint.ask({ backgroundSession: "command", command });
    return new Promise((resolve) => {
      const finish = (answer: Answer): void => {
        clearTimeout(timer);
        this.#giveUps.delete(giveUp);
        signal?.removeEventListener("abort", giveUp);
        reply.close();
        resolve(answer);
      };
      const giveUp = (): void => finish(NO_ANSWER);
      const timer = setTimeout(giveUp, ANSWER_MS);
      this.#giveUps.add(giveUp);
      signal?.addEventListener("abort", giveUp);
      // A worker that is not ours may say anything.
      reply.onmessage = ({ data }: MessageEvent) =>
        finish(isRecord(data) ? (data as unknown as Answer) : NO_ANSWER);
    });
  }
}

const NO_ANSWER: Answer = {
  isOk: false,
  code: "daemon-missing",
  message: "The daemon did not answer. Was its service worker unregistered, or does its script fail?",
};
