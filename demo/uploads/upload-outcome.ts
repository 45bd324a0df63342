import type { BackgroundTask, SessionError } from "../../src/app/index.ts";
import type { Outcome } from "../library/schema.ts";

/** Returns the outcome of an upload; `answer` is what is stored of the server's. */
export function uploadOutcome(
  { response, countOfBytesSent }: BackgroundTask,
  error: SessionError | undefined,
  answer: File | undefined,
): Outcome {
  if (error !== undefined) return { kind: "failed", code: error.code, message: error.message };
  if (response !== undefined && !response.ok) {
    return { kind: "refused", status: response.status, statusText: response.statusText };
  }
  const { name = "", type = "" } = answer ?? {};
  return { kind: "file", fileName: name, type, sizeBytes: countOfBytesSent };
}
