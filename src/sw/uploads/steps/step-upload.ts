import { aborted } from "../../../async/aborted.ts";
import type { UploadRow } from "../../../store/schema.ts";
import { causeOf, Thrown } from "../../decisions/failure-class.ts";
import type { Outcome } from "../../decisions/outcome.ts";
import { sendingTask } from "../../ports/sending-task.ts";
import type { Exchange, RequestDetails, Run } from "../../ports/transport.ts";
import { isAbsent } from "../reply.ts";
import type { StepReply, StepRequest, UploadFacts, UploadSteps } from "./upload-steps.ts";

/**
 * One attempt at an upload of steps. It sends what the protocol wants next, as many at a time as the attempt has
 * connections, and writes each new state to disk. The first step that gets no further ends the attempt; what is still
 * under way then may go on, so that its bytes are not lost.
 */
export class StepUpload<State, Step> {
  readonly #run: Run;
  readonly #steps: UploadSteps<State, Step>;
  readonly #body: Blob;
  readonly #facts: UploadFacts;
  #state: State;
  /** What the server had when that was known last. */
  #acknowledgedBytes: number;
  #atOnce: number;
  /** By the step, as JSON. */
  readonly #underWay = new Map<string, Promise<void>>();
  /** Steps that were sent again. */
  readonly #repeated = new Set<string>();
  #end: Outcome | undefined;
  #best = -1;
  /** Answers in a row after which the server had no more than before. */
  #idle = 0;
  /** An earlier attempt has sent something, and this one does not know yet how much of it is there. */
  #isResuming: boolean;

  constructor(run: Run, steps: UploadSteps<State, Step>, body: Blob) {
    this.#run = run;
    this.#steps = steps;
    this.#body = body;
    this.#facts = factsOf(run, body);
    const before = run.row.upload as UploadRow;
    this.#atOnce = run.connections;
    const restored = before.state === undefined ? undefined : steps.restore(before.state, this.#facts);
    this.#state = restored ?? steps.begin(this.#facts);
    this.#acknowledgedBytes = steps.acknowledgedBytes(this.#state) ?? before.bytesAcknowledged;
    this.#isResuming = restored !== undefined;
  }

  async send(): Promise<Outcome> {
    this.#tell("connecting");
    for (;;) {
      this.#fill();
      if (this.#underWay.size === 0) return this.#end ?? this.#unusable("the protocol has nothing to send");
      await Promise.race(this.#underWay.values());
    }
  }

  /** Removes the upload from the server. Rejects if that fails. */
  async discard(): Promise<void> {
    for (const step of this.#steps.removal(this.#state)) {
      const exchange = await this.#ask(step);
      if ("kind" in exchange) throw new Error(exchange.kind);
      exchange.watchdog.stop();
      const { ok, status } = exchange.response;
      if (!ok && !isAbsent(status)) throw new Error(`HTTP ${status}`);
    }
  }

  #fill(): void {
    if (this.#end !== undefined) return;
    this.#atOnce = Math.min(this.#atOnce, Math.max(1, this.#steps.parallel(this.#state)));
    this.#run.keepConnections(this.#atOnce);
    for (const step of this.#steps.next(this.#state, this.#facts)) {
      if (this.#underWay.size >= this.#atOnce) return;
      const key = JSON.stringify(step);
      if (!this.#underWay.has(key)) this.#underWay.set(key, this.#take(step, key));
    }
  }

  /** Takes a step. Never rejects. */
  async #take(step: Step, key: string): Promise<void> {
    const end = await this.#endOf(step, key).catch((error: unknown) => this.#run.outcomeOf(error));
    this.#end ??= end;
    this.#underWay.delete(key);
  }

  /** @returns how the attempt ends with this step; undefined if it goes on */
  async #endOf(step: Step, key: string): Promise<Outcome | undefined> {
    const state = this.#steps.sending?.(step, this.#state) ?? this.#state;
    if (state !== this.#state) await this.#goOnFrom(state);
    const exchange = await this.#ask(step);
    if ("kind" in exchange) return exchange;
    const { response, watchdog, astray } = exchange;
    try {
      if (astray !== undefined) return { kind: "failed", failure: astray };
      const text = await response
        .clone()
        .text()
        .catch((error: unknown) => ({ error }));
      if (typeof text !== "string")
        return this.#unlessStopped({
          kind: "interrupted",
          message: String(text.error),
          hasProgressed: this.#hasProgressed,
        });
      const { status, headers } = response;
      const reply = this.#steps.read(step, { status, headers, text }, this.#state, this.#facts);
      if ("state" in reply && reply.state !== undefined) await this.#goOnFrom(reply.state);
      return await this.#endWith(reply, exchange, key);
    } finally {
      watchdog.stop();
    }
  }

  async #endWith(reply: StepReply<State>, exchange: Exchange, key: string): Promise<Outcome | undefined> {
    const run = this.#run;
    switch (reply.kind) {
      case "next":
        this.#repeated.delete(key);
        this.#idle += 1;
        if (this.#acknowledgedBytes > this.#best) {
          this.#best = this.#acknowledgedBytes;
          this.#idle = 0;
        }
        return this.#idle > MOST_IDLE ? this.#unusable(`${MOST_IDLE} answers without progress`) : undefined;
      case "again":
        if (!this.#repeated.has(key)) return void this.#repeated.add(key);
        return reply.reason ? this.#unusable(reply.reason) : run.receive(exchange);
      case "later":
        return run.refusal(exchange.response, this.#hasProgressed) ?? run.receive(exchange);
      case "nonsense":
        return this.#unusable(reply.reason);
      case "gone":
        return { kind: "restart", reason: reply.reason, isUnranged: false };
      case "hopeless":
        return { kind: "failed", failure: { code: reply.code ?? "bad-response", message: reply.message } };
      case "answer":
        return run.receive(exchange);
    }
  }

  /** Sends the request of a step. */
  async #ask(step: Step): Promise<Exchange | Outcome> {
    const details = await this.#request(step);
    if ("kind" in details) return details;
    const exchange = await this.#run.exchange(this.#detailsOf(details), this.#acknowledgedBytes);
    if (!("kind" in exchange)) {
      exchange.watchdog.reset(details.patienceMs);
      return exchange;
    }
    if (exchange.kind !== "unanswered" || !exchange.isSuspectedBlock || !details.isSigned) return exchange;
    return { ...this.#unusable(unreadable(details.url)), code: "blocked" };
  }

  /** Asks the protocol for a request. An outcome ends the attempt. */
  async #request(step: Step): Promise<StepRequest | Outcome> {
    const { signal, configuration } = this.#run;
    const limit = AbortSignal.timeout(Math.min(configuration.timeoutIntervalForRequest * 1000, LONGEST_MS));
    try {
      const asking = this.#steps.request(step, this.#state, this.#facts);
      // An app's signing function may hang forever; the run must not.
      const request = await Promise.race([asking, aborted(AbortSignal.any([signal, limit]))]);
      if (request !== undefined && request !== "wait") return request;
    } catch (error) {
      globalThis.reportError?.(error);
      // As `fetch` rejects: the wait ends when the network returns.
      if (causeOf(error) === "platform") return this.#run.outcomeOf(new Thrown("sending", error));
    }
    return this.#unlessStopped({ kind: "withheld", asksAgain: true });
  }

  #unlessStopped(outcome: Outcome): Outcome {
    return this.#run.signal.aborted ? { kind: "stopped" } : outcome;
  }

  #detailsOf({ body, headers = {}, ...details }: StepRequest): RequestDetails {
    return {
      ...details,
      headers,
      ...(body !== undefined && {
        body: typeof body === "string" ? new Blob([body]) : this.#body.slice(...body),
      }),
    };
  }

  /** Rejects if the task does not want to be sent any more. */
  async #goOnFrom(state: State): Promise<void> {
    const before = this.#acknowledgedBytes;
    const known = this.#steps.acknowledgedBytes(state);
    this.#state = state;
    this.#acknowledgedBytes = known ?? before;
    this.#tell("transferring");
    if (known !== undefined) {
      // What an earlier attempt has sent does not make this one faster.
      if (!this.#isResuming) this.#run.progress.add(Math.max(0, known - before));
      else if (known > 0) this.#run.reportResumed(known);
      this.#isResuming = false;
    }
    await this.#run.checkpoint({
      ...(this.#run.row.upload as UploadRow),
      sizeBytes: this.#facts.sizeBytes,
      bytesAcknowledged: this.#acknowledgedBytes,
      state: this.#steps.store(state),
    });
  }

  #tell(activity: "connecting" | "transferring"): void {
    this.#run.progress.tellSent(activity, this.#acknowledgedBytes);
  }

  #unusable(reason: string) {
    return { kind: "unusable", reason, hasProgressed: this.#hasProgressed } as const;
  }

  get #hasProgressed(): boolean {
    return this.#acknowledgedBytes > this.#run.row.farthest;
  }
}

/** Enough for a list in many pages, and an end for a server and a protocol that go round in circles. */
const MOST_IDLE = 100;
/** `setTimeout` takes 31 bits. */
const LONGEST_MS = 2 ** 31 - 1;

function factsOf({ row }: Run, body: Blob): UploadFacts {
  const { sizeBytes = body.size, metadata = {} } = row.upload as UploadRow;
  return {
    ...sendingTask(row),
    sizeBytes,
    type: row.request.headers["content-type"] ?? body.type,
    fileName: (body instanceof File && body.name) || undefined,
    metadata,
  };
}

function unreadable(url: string): string {
  return (
    `${new URL(url).origin} can be reached, but its answer may not be read: its CORS rule does not allow this site, method ` +
    "or headers, or the signature is wrong"
  );
}
