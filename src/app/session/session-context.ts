import type { Launch } from "../../protocol/local-daemon.ts";
import type { BackgroundSession } from "../background-session.ts";
import type { Changes } from "../changes.ts";
import type { DaemonLink } from "../daemon/daemon-link.ts";
import type { Life } from "./life.ts";
import type { OpenOptions } from "./open-options.ts";

/** What all parts of a session object know. */
export interface SessionContext {
  readonly session: BackgroundSession;
  readonly identifier: string;
  readonly open: OpenOptions;
  readonly link: DaemonLink;
  readonly life: Life;
  readonly changes: Changes;
  /** The background launch in which it was opened. */
  readonly launch: Launch | undefined;
}
