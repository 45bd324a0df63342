import type { TaskSnapshot } from "../app/index.ts";
import type { Action } from "./choices.ts";

/** Before a button acts on tasks. If the default is prevented, it does nothing: ask the user, or do it yourself. */
export interface TransferActionDetail {
  /** What the button does. */
  readonly action: Action;
  /** One, or all that a button of the head concerns. */
  readonly tasks: readonly TaskSnapshot[];
}

/** The user has given files. If the default is prevented, no uploads are made of them. */
export interface TransferFilesDetail {
  /** What was dropped, pasted or chosen and fits `accepts`: at least one. */
  readonly files: readonly File[];
}

interface Details {
  readonly "transfer-action": TransferActionDetail;
  readonly "transfer-files": TransferFilesDetail;
}

/** Returns whether the app lets the panel go on. */
export function askApp<Type extends keyof Details>(
  host: HTMLElement,
  type: Type,
  detail: Details[Type],
): boolean {
  return host.dispatchEvent(
    new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable: true }),
  );
}

declare global {
  /** They bubble: elements, the document and the window hear them. */
  interface GlobalEventHandlersEventMap {
    "transfer-action": CustomEvent<TransferActionDetail>;
    "transfer-files": CustomEvent<TransferFilesDetail>;
  }
}
