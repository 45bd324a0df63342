import type { Answer, Command } from "./commands.ts";

/** A daemon in the same realm: how a session that is opened inside the service worker talks to it. */
export interface LocalDaemon {
  readonly scope: string;
  request(command: Command): Promise<Answer>;
}
