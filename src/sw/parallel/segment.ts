import type { RangeRow } from "../../store/schema.ts";
import type { PartWriter } from "../transports/part-writer.ts";

/** A range of a file that one connection at a time receives. */
export class Segment {
  readonly start: number;
  /** Comes nearer if another connection takes over the second half. */
  end: number;
  /** Absent until its first byte is expected. */
  writer: PartWriter | undefined;
  /** The end of the answer that is being read; 0 if none is. */
  reach = 0;

  constructor([start, end]: RangeRow) {
    this.start = start;
    this.end = end;
  }

  /** The first byte that has not been received. */
  get at(): number {
    return this.writer?.length ?? this.start;
  }

  get missing(): number {
    return this.end - this.at;
  }
}
