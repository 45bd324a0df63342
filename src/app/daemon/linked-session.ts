import type { Notice } from "../../protocol/notices.ts";
import type { SessionError } from "../../protocol/session-error.ts";

/** A session that is open in this realm, as the link knows it. */
export interface LinkedSession {
  readonly identifier: string;
  readonly hasWork: boolean;
  readonly isOwner: boolean;
  onNotice(notice: Notice): void;
  /** The page goes into the back/forward cache, or is frozen: until `onReturn` it must do nothing. */
  onRest(isCached: boolean): void;
  onReturn(): Promise<void>;
  /** The registration was gone, and the daemon has another one now. */
  onMoved(): void;
  /** The daemon is gone for good. */
  onLost(error: SessionError): void;
  /** The daemon says nothing although it was spoken to: it may not be there any more. */
  onSilence(): void;
  /** The browser closed the database by force, or deleted it. */
  onDataLost(): void;
}
