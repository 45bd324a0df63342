import { type Answer, type Command, parseCommand } from "../../protocol/commands.ts";
import { SessionError } from "../../protocol/session-error.ts";

/** Carries out a command for a page. @returns what the page is answered */
export type CommandHandler = (command: Command, page: string) => Promise<unknown>;

/** No event may stay open for long; the page asks again (W2). */
const ANSWER_LIMIT_MS = 20_000;

/** Never rejects: the page is told instead. */
export async function answerTo(value: unknown, page: string, handle: CommandHandler): Promise<Answer> {
  const command = parseCommand(value);
  if (typeof command === "string") {
    return { isOk: false, code: "bad-message", message: `The daemon was sent a bad message: ${command}.` };
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new SessionError("daemon-missing", "The daemon is busy.")),
      ANSWER_LIMIT_MS,
    );
  });
  try {
    return { isOk: true, value: await Promise.race([handle(command, page), tooLate]) };
  } catch (error) {
    const code = error instanceof SessionError ? error.code : "storage-lost";
    return { isOk: false, code, message: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
