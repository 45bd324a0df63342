import type { Formats } from "./formats.ts";
import type { Messages } from "./messages/messages.ts";

/** Words and numbers in the language of a panel. */
export interface Words {
  readonly messages: Messages;
  readonly formats: Formats;
}
