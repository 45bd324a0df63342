import type { PartRow } from "../../store/schema.ts";
import { piecesOf } from "../transports/stored-pieces.ts";

/** A body on disk as a stream, which breaks off when the run is stopped. */
export class StoredBody {
  readonly signal: AbortSignal;
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What went wrong when the parts were read: whoever reads the stream may throw an error of its own. */
  readError: unknown;

  constructor(parts: readonly PartRow[], signal: AbortSignal) {
    const pieces = piecesOf(parts);
    this.signal = signal;
    this.stream = new ReadableStream({
      pull: async (controller) => {
        signal.throwIfAborted();
        const { value } = await pieces.next().catch((error) => {
          this.readError = error;
          throw error;
        });
        if (value === undefined) controller.close();
        else controller.enqueue(value);
      },
    });
  }
}
