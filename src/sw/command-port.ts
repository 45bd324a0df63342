import { type Answer, type Command, isCommandMessage, parseCommand } from "../protocol/commands.ts";
import { SessionError } from "../protocol/session-error.ts";

/** Carries out a command for a page. @returns what the page is answered */
export type CommandHandler = (command: Command, page: string) => Promise<unknown>;

/**
 * Listens for commands. Only pages of our own origin are heard, every field is checked, and whoever sends nonsense
 * is told so; nothing a message says can stop the daemon (X1). Messages of the app are left alone.
 */
export function listenForCommands(scope: ServiceWorkerGlobalScope, handle: CommandHandler): void {
  scope.addEventListener("message", (event) => {
    if (!isCommandMessage(event.data) || event.origin !== scope.location.origin) return;
    const page = event.source instanceof Client ? event.source.id : "";
    event.waitUntil(answer(event, page, handle));
  });
}

async function answer(event: ExtendableMessageEvent, page: string, handle: CommandHandler): Promise<void> {
  const result = await answerTo(event.data.command, page, handle);
  event.ports[0]?.postMessage(result);
}

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
