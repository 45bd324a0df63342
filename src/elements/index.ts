import { BackgroundTransfers } from "./background-transfers.ts";

export type { Cause } from "./causes.ts";
export type { Action, AllAction, Filter, Order } from "./choices.ts";
export type { BackgroundTransfersAttributes } from "./element-attributes.ts";
export { en as ENGLISH } from "./messages/en.ts";
export type { Messages, PluralForms } from "./messages/messages.ts";
export { addMessages } from "./messages/tables.ts";
export type { TransferActionDetail, TransferFilesDetail } from "./panel-events.ts";
export type { Why } from "./transport-whys.ts";
export { BackgroundTransfers };

const registry = globalThis.customElements;
if (!registry?.get("background-transfers")) registry?.define("background-transfers", BackgroundTransfers);

declare global {
  interface HTMLElementTagNameMap {
    "background-transfers": BackgroundTransfers;
  }
}
