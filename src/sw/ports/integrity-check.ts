import type { Outcome } from "../decisions/outcome.ts";
import type { Run } from "./transport.ts";

/** Checks what tasks with an `integrity` have received. */
export interface IntegrityCheck {
  /** Compares the body on disk with the `integrity` of its request. */
  verify(run: Run): Promise<Outcome>;
}
