import type { Outcome } from "../decisions/outcome.ts";
import type { Run } from "../ports/transport.ts";

/** Returns the body of an upload in several requests, or how the run ends without one. */
export async function bodyOf(run: Run): Promise<Blob | Outcome> {
  const body = (await run.body()) ?? (run.row.hasBody ? undefined : new Blob([]));
  // Only an upload in one request stores a form in parts.
  return body instanceof Blob ? body : { kind: "failed", failure: BODY_MISSING };
}

const BODY_MISSING = {
  code: "file-missing",
  message: "The body of the upload is no longer on disk.",
} as const;
