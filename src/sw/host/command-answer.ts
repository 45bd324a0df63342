import { pause } from "../../async/pause.ts";
import { type Answer, type Command, parseCommand } from "../../protocol/commands.ts";
import { SessionError } from "../../protocol/session-error.ts";

/** Carries out a command for a page. @returns the answer to the page */
export type HandleCommand = (command: Command, page: string) => Promise<unknown>;

/** No event may stay open for long; the page sends its command again (W2). */
const ANSWER_LIMIT_MS = 20_000;

/** Answers a command. Never rejects: errors go to the page. */
export async function answerTo(value: unknown, page: string, handle: HandleCommand): Promise<Answer> {
  const command = parseCommand(value);
  if (typeof command === "string") {
    return { isOk: false, code: "bad-message", message: `The daemon was sent a bad message: ${command}.` };
  }
  const tooLate = async (): Promise<never> => {
    await pause(ANSWER_LIMIT_MS);
    throw new SessionError("daemon-missing", "The daemon is busy.");
  };
  try {
    return { isOk: true, value: await Promise.race([handle(command, page), tooLate()]) };
  } catch (error) {
    const code = error instanceof SessionError ? error.code : "storage-lost";
    return { isOk: false, code, message: error instanceof Error ? error.message : String(error) };
  }
}
