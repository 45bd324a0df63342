import { SessionError } from "../../protocol/session-error.ts";
import { storageError } from "../../store/database.ts";
import type { Outcome } from "../outcome.ts";

/** Returns the outcome of a run whose error is that of a full or failing disk; undefined for every other error. */
export function storageFailure(error: unknown): Outcome | undefined {
  const known = storageError(error);
  if (!(known instanceof SessionError)) return undefined;
  return { kind: "failed", failure: { code: known.code, message: known.message } };
}
