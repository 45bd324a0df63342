import type { Command } from "../protocol/commands.ts";
import { LIBRARY_VERSION } from "../protocol/library-version.ts";
import { SessionError } from "../protocol/session-error.ts";
import { type Greeting, PROTOCOL } from "../protocol/versions.ts";
import type { Launches } from "./launches/launches.ts";
import type { NoticeBoard } from "./pages/notice-board.ts";
import type { Presence } from "./pages/presence.ts";
import type { DaemonParts } from "./ports/daemon-parts.ts";
import type { Transfers } from "./runs/transfers.ts";
import type { Stints } from "./stints.ts";

export interface CommandHandlerOptions extends DaemonParts {
  readonly stints: Stints;
  readonly transfers: Transfers;
  readonly launches: Launches;
  readonly presence: Presence;
  readonly board: NoticeBoard;
  readonly onError: (error: unknown) => void;
}

type PresenceCommand = Extract<Command, { type: "presence" }>;

/** Carries out the commands of pages. */
export class CommandHandler {
  readonly #options: CommandHandlerOptions;

  constructor(options: CommandHandlerOptions) {
    this.#options = options;
  }

  /** Carries out a command, which may come twice. @returns the answer to the page */
  async handle(command: Command, page: string): Promise<unknown> {
    if (command.type === "presence") return this.#onPresence(command, page);
    const { stints, uploadProtocols, integrity, destinations, parallelRanges, onError } = this.#options;
    stints.start();
    if (command.type === "hello") {
      if (command.session !== undefined) void this.#catchUp(command.session, page).catch(onError);
      const names = uploadProtocols.map(({ name }) => name);
      return {
        versions: PROTOCOL,
        library: LIBRARY_VERSION,
        uploadProtocols: names,
        keepsOrder: true,
        ...(integrity && { checksIntegrity: true }),
        ...(destinations && { placesFiles: true }),
        ...(parallelRanges && { splitsDownloads: true }),
      } satisfies Greeting;
    }
    if (stints.current === undefined)
      throw new SessionError("daemon-missing", "The daemon makes way for a newer one.");
    await stints.current.started;
    return this.#carryOut(command);
  }

  #carryOut(command: Exclude<Command, { type: "presence" | "hello" }>): Promise<void> {
    const { transfers } = this.#options;
    const { commands } = transfers;
    switch (command.type) {
      case "fetch-started":
        return transfers.carried.carry(command.id, command.tasks);
      case "inserted":
        return commands.adopt(command.session, command.keys);
      case "control":
        return commands.control(command.session, command.key, command.action, command.reason);
      case "prioritize":
        return commands.amend(command.session, command.key, command);
      case "answer":
        return transfers.answers.take(command);
      case "configured":
        return transfers.reconfigure();
      case "delete-session":
        return this.#deleteSession(command.session);
    }
  }

  async #deleteSession(session: string): Promise<void> {
    await this.#options.transfers.deleteSession(session);
    this.#options.board.now({ type: "session-deleted", session });
  }

  /** A page that has just opened a session hears how its tasks stand, and insertions that were not announced are found. */
  async #catchUp(session: string, page: string): Promise<void> {
    const { stints, transfers, launches } = this.#options;
    await stints.current?.started;
    await transfers.commands.catchUp(session);
    // A session in the worker itself has no page.
    if (page !== "") await launches.leaveToPage(session);
  }

  #onPresence(command: PresenceCommand, page: string): void {
    const { stints, transfers, launches, presence } = this.#options;
    const { isVisible: wasVisible, isOnBattery: wasOnBattery, countOfPages } = presence;
    presence.update(page, command);
    if (countOfPages !== presence.countOfPages) transfers.pagesChanged();
    stints.start();
    // Nobody may own its sessions now.
    if (command.isLeaving) launches.wake();
    if (command.hasNetworkReturned) transfers.networkReturned();
    else if (wasVisible !== presence.isVisible || wasOnBattery !== presence.isOnBattery) transfers.replan();
  }
}
