import { SessionError } from "../../protocol/session-error.ts";

export function daemonMissing(reason: string, cause?: unknown): SessionError {
  return new SessionError("daemon-missing", `There is no daemon to run the transfers: ${reason}.`, { cause });
}
