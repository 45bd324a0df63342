import { isShortString } from "../../protocol/checks.ts";
import { type BroadcastCommand, isCommandMessage } from "../../protocol/commands.ts";
import { namesOf } from "../../protocol/names.ts";
import { PROTOCOL } from "../../protocol/versions.ts";
import { Daemon, type DaemonOptions } from "../daemon.ts";
import type { LogEntry } from "../log.ts";
import { answerTo } from "./command-answer.ts";
import { pageHost } from "./page-host.ts";

/** The worker of a page that has just been opened stands in line for the lock by then. */
const TAKE_OVER_MS = 5_000;

type PageDaemonOptions = Pick<DaemonOptions, "transport" | "uploadProtocols" | "willSend">;

/**
 * Runs the daemon in a worker that a page has started, since there are no service workers. Each page may have one of its
 * own: the one that holds the lock carries out the commands of all, and the next goes on when its page goes. Nothing wakes
 * it, and the app is never launched: its events wait for the next page.
 */
export function startForPages(
  realm: WorkerGlobalScope,
  scope: string,
  options: PageDaemonOptions,
  log: (entry: LogEntry) => void,
): void {
  const names = namesOf(scope);
  const host = pageHost(realm, names, log);
  let isInCharge = false;
  const exclusively: typeof host.exclusively = (body, signal) =>
    host.exclusively((lost) => {
      isInCharge = true;
      const end = (): void => {
        isInCharge = false;
      };
      lost.addEventListener("abort", end);
      return body(lost).finally(end);
    }, signal);
  const daemon = new Daemon({ ...options, host: { ...host, exclusively }, onWork: () => {} });

  const hear = async ({ command, page, replyTo }: Partial<BroadcastCommand>): Promise<void> => {
    // One that could not start tries again.
    daemon.start();
    if (!isInCharge || !isShortString(page)) return;
    const answer = await answerTo(command, page, (checked) => daemon.handle(checked, page));
    if (isShortString(replyTo)) reply(names.reply(replyTo), answer);
    if (command?.type === "hello" && answer.isOk && command.versions.max > PROTOCOL.max)
      await makeWay(daemon);
  };
  const commands = new BroadcastChannel(names.commands);
  commands.onmessage = ({ data }) => {
    if (!isCommandMessage(data)) return;
    hear(data as Partial<BroadcastCommand>).catch((error: unknown) =>
      log({ level: "error", message: String(error) }),
    );
  };
  realm.addEventListener("online", () => daemon.networkChanged());
  realm.addEventListener("offline", () => daemon.networkChanged());
  daemon.start();
}

/** A newer page may have brought a newer worker: it goes on from the checkpoint (V1). */
async function makeWay(daemon: Daemon): Promise<void> {
  await daemon.leave();
  await new Promise((resolve) => setTimeout(resolve, TAKE_OVER_MS));
  daemon.comeBack();
}

function reply(name: string, answer: unknown): void {
  const channel = new BroadcastChannel(name);
  channel.postMessage(answer);
  channel.close();
}
