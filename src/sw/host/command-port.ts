import { isShortString } from "../../protocol/checks.ts";
import {
  type BroadcastCommand,
  type Command,
  isCommandMessage,
  parseCommand,
} from "../../protocol/commands.ts";
import { answerTo, type CommandHandler } from "./command-answer.ts";
import { isActive } from "./update-watch.ts";

/**
 * Listens for commands. Only pages of our own origin are heard, every field is checked, and whoever sends nonsense
 * is told so; nothing a message says can stop the daemon (X1). Messages of the app are left alone.
 * @param useLeave keeps the event in which a page says that it leaves open: there may be no other for a long time
 */
export function listenForCommands(
  scope: ServiceWorkerGlobalScope,
  handle: CommandHandler,
  useLeave: () => Promise<void>,
): void {
  scope.addEventListener("message", (event) => {
    if (!isCommandMessage(event.data) || event.origin !== scope.location.origin) return;
    const page = event.source instanceof Client ? event.source.id : "";
    event.waitUntil(answer(event, page, handle));
    if (isLeaving(parseCommand(event.data.command))) event.waitUntil(useLeave());
  });
}

/**
 * Listens for what pages broadcast while they leave, since what they post may be lost then. It comes twice if it is not,
 * and neither starts a worker nor keeps one. Every other command is of pages without a service worker.
 */
export function listenForPartings(
  scope: ServiceWorkerGlobalScope,
  channelName: string,
  handle: CommandHandler,
): void {
  new BroadcastChannel(channelName).onmessage = ({ data }) => {
    if (!isCommandMessage(data) || !isActive(scope)) return;
    const { page } = data as Partial<BroadcastCommand>;
    const command = parseCommand(data.command);
    if (!isShortString(page) || typeof command === "string") return;
    if (command.type === "fetch-started" || isLeaving(command)) void answerTo(command, page, handle);
  };
}

function isLeaving(command: Command | string): boolean {
  return typeof command === "object" && command.type === "presence" && command.isLeaving;
}

async function answer(event: ExtendableMessageEvent, page: string, handle: CommandHandler): Promise<void> {
  const result = await answerTo(event.data.command, page, handle);
  event.ports[0]?.postMessage(result);
}
