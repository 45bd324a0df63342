import type { Outcome } from "../decisions/outcome.ts";
import type { Run } from "./transport.ts";

/** Checks what tasks with an `integrity` have received. */
export interface IntegrityCheck {
  /** Compares the body on disk with the `integrity` of its request. */
  verify(run: Run): Promise<Outcome>;
}

/** Places downloads with a `destination`. */
export interface Destinations {
  /** Copies the body on disk to its destination, where it appears as a whole. */
  place(run: Run): Promise<Outcome>;
}
