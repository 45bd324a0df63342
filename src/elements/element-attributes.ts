import type { BackgroundSession } from "../app/index.ts";
import type { TransferActionDetail, TransferFilesDetail } from "./panel-events.ts";

/**
 * What a template may give to `<background-transfers>`: for `JSX.IntrinsicElements` and its like. docs/panel.md has the
 * lines for React, Vue and Svelte.
 */
export interface BackgroundTransfersAttributes {
  /** The name of the session. React 19, Vue and Svelte set the property, which takes the session itself too. */
  readonly session?: BackgroundSession | string | null | undefined;
  /** The URL to which the files of the user are uploaded. @default none: no uploads are made, and the app listens to `transfer-files` */
  readonly endpoint?: string | undefined;
  /** Which files are taken, as `accept` of `<input type=file>`. @default all */
  readonly accepts?: string | undefined;
  /**
   * The language of the texts, e.g. `"de"` or `"pt-BR"`. @default that of the elements around it, else that of the
   * browser
   */
  readonly lang?: string | undefined;
  /** For React 19, Preact and Svelte 5, which listen to events of that name. */
  readonly "ontransfer-action"?: ((event: CustomEvent<TransferActionDetail>) => void) | null | undefined;
  /** For the same frameworks. */
  readonly "ontransfer-files"?: ((event: CustomEvent<TransferFilesDetail>) => void) | null | undefined;
}
