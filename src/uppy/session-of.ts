import { BackgroundSession } from "../app/index.ts";

/** The sessions that are being opened by their name. */
const opening = new Map<string, Promise<BackgroundSession>>();

/** Returns the session that an option names, and opens it if it has to. */
export async function sessionOf(
  given: BackgroundSession | Promise<BackgroundSession> | string,
): Promise<BackgroundSession> {
  if (typeof given !== "string") return given;
  const current = BackgroundSession.current(given);
  if (current !== undefined) return current;
  const opened = opening.get(given) ?? BackgroundSession.open(given);
  opening.set(given, opened);
  try {
    return await opened;
  } finally {
    opening.delete(given);
  }
}
