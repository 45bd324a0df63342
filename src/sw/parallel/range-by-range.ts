import type { Watchdog } from "../ports/watchdog.ts";
import { isTrickle } from "../transports/receive-body.ts";
import type { Pace } from "./pace.ts";
import { contradiction, isEnd, type SegmentBody, type SegmentEnd } from "./segment-request.ts";
import { chunksOf, streamOf } from "./streams.ts";

export interface RangesOptions {
  readonly pace: Pace;
  readonly watchdog: Watchdog;
  /** The answer with the first bytes, if it is there already. */
  readonly first: SegmentBody | undefined;
  readonly start: number;
  /** The first byte that does not belong to the body. It may change meanwhile. */
  readonly end: () => number;
  /** Asks for a range, and proves its answer. */
  readonly ask: (range: { readonly at: number; readonly end: number }) => Promise<SegmentBody | SegmentEnd>;
}

/** A body that is asked for in one range after the other, each when the limit of its session allows it. */
export class RangeByRange {
  readonly #options: RangesOptions;
  readonly response: Response;
  /** What broke it off, if it was not the network. */
  ended: SegmentEnd | undefined;

  constructor(options: RangesOptions) {
    this.#options = options;
    this.response = new Response(streamOf(this.#bytes()));
  }

  async *#bytes(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const { first, start, end, pace } = this.#options;
    let at = start;
    let body = first;
    while (at < end()) {
      body ??= await this.#ask(at);
      for await (const chunk of chunksOf(body.response)) {
        at += chunk.byteLength;
        if (at > body.end) throw this.#end(contradiction("more came than the range has"));
        pace.received(chunk.byteLength);
        yield chunk;
      }
      if (at < body.end) throw new Error(`the answer ended ${body.end - at} bytes too early`);
      pace.giveBack();
      body = undefined;
    }
  }

  async #ask(at: number): Promise<SegmentBody> {
    const { pace, watchdog, end, ask } = this.#options;
    const to = Math.min(at + (await pace.turn(watchdog)), end());
    const answer = await ask({ at, end: to });
    if (isEnd(answer)) throw this.#end(answer);
    if (answer.end < to && isTrickle(answer.end - at, end() - answer.end)) throw this.#end(TRICKLE);
    return answer;
  }

  #end(ended: SegmentEnd): Error {
    this.ended = ended;
    return new Error(ended.outcome.kind);
  }
}

const TRICKLE: SegmentEnd = {
  isFinal: true,
  outcome: { kind: "restart", reason: "ranges that bring next to nothing", isUnranged: true },
};
