import { isShortString } from "../../protocol/checks.ts";
import {
  type BroadcastCommand,
  type Command,
  isCommandMessage,
  parseCommand,
} from "../../protocol/commands.ts";
import { answerTo, type HandleCommand } from "./command-answer.ts";
import { isActive } from "./update-watch.ts";

/**
 * Listens for commands from pages of this origin. Every field is checked, and a malformed command is answered with an
 * error; no message can stop the daemon (X1). Messages of the app are ignored.
 * @param useLeave keeps the event open in which a page says that it leaves: it may be the last for a long time
 */
export function listenForCommands(
  scope: ServiceWorkerGlobalScope,
  handle: HandleCommand,
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
 * Listens for what pages broadcast while they leave, since a message that they post may be lost then. If it is not lost,
 * the command comes twice. A broadcast neither starts a worker nor keeps it alive. All other broadcast commands are from
 * pages without a service worker, and are ignored.
 */
export function listenForPartings(
  scope: ServiceWorkerGlobalScope,
  channelName: string,
  handle: HandleCommand,
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

async function answer(event: ExtendableMessageEvent, page: string, handle: HandleCommand): Promise<void> {
  const result = await answerTo(event.data.command, page, handle);
  event.ports[0]?.postMessage(result);
}
