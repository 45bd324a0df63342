import { isShortString } from "../../protocol/checks.ts";
import { type BroadcastCommand, isCommandMessage } from "../../protocol/commands.ts";
import { namesOf } from "../../protocol/names.ts";
import { PROTOCOL } from "../../protocol/versions.ts";
import { Daemon, type DaemonOptions } from "../daemon.ts";
import type { LogEntry } from "../log.ts";
import { answerTo } from "./command-answer.ts";
import { keptLog } from "./kept-log.ts";
import { watchNetwork } from "./network.ts";
import { pageHost } from "./page-host.ts";

/** The worker of a page that has just been opened waits for the lock by then. */
const TAKE_OVER_MS = 5_000;

type PageDaemonOptions = Pick<
  DaemonOptions,
  | "transport"
  | "uploadProtocols"
  | "willSend"
  | "integrity"
  | "destinations"
  | "parallelRanges"
  | "maximumConnections"
>;

/**
 * Runs the daemon in a worker that a page has started, since there are no service workers. Each page may have a worker of
 * its own: the one that holds the lock carries out the commands of all pages, and the next one goes on when its page is
 * closed. Nothing wakes it, and the app is never launched: events wait for the next page.
 */
export function startForPages(
  realm: WorkerGlobalScope,
  scope: string,
  options: PageDaemonOptions,
  onlog: ((entry: LogEntry) => void) | undefined,
): void {
  const names = namesOf(scope);
  const log = keptLog(names, () => daemon, onlog);
  const host = pageHost(realm, names, log);
  const daemon: Daemon = new Daemon({ ...options, host, onWork: () => {} });

  const onCommand = async ({ command, page, replyTo }: Partial<BroadcastCommand>): Promise<void> => {
    // If it could not start, it tries again.
    daemon.start();
    if (!daemon.hasLock || !isShortString(page)) return;
    const answer = await answerTo(command, page, (checked) => daemon.handle(checked, page));
    if (isShortString(replyTo)) reply(names.reply(replyTo), answer);
    // A newer page may have brought a newer worker, which goes on from the checkpoint (V1).
    if (command?.type === "hello" && answer.isOk && command.versions.max > PROTOCOL.max)
      await daemon.makeWay(TAKE_OVER_MS);
  };
  const commands = new BroadcastChannel(names.commands);
  commands.onmessage = ({ data }) => {
    if (!isCommandMessage(data)) return;
    onCommand(data as Partial<BroadcastCommand>).catch((error: unknown) =>
      log({ level: "error", message: String(error) }),
    );
  };
  watchNetwork(realm, () => daemon.networkChanged());
  daemon.start();
}

function reply(name: string, answer: unknown): void {
  const channel = new BroadcastChannel(name);
  channel.postMessage(answer);
  channel.close();
}
