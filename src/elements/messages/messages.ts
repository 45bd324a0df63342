import type { TaskActivity, TaskCounts, TaskKind } from "../../app/index.ts";
import type { Cause } from "../causes.ts";
import type { Action, AllAction, Filter, Order } from "../choices.ts";
import type { Why } from "../transport-whys.ts";

/** The forms that `Intl.PluralRules` tells apart in a language; `{n}` is the number. `other` stands for missing ones. */
export type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

/** All that the panel says in one language. */
export interface Messages {
  /** In which direction the language is written. */
  readonly direction: "ltr" | "rtl";
  /** The heading, and the name of the panel for screen readers. */
  readonly title: string;
  /** There are no transfers. */
  readonly empty: string;
  /** The filter lets nothing through. */
  readonly nothingFound: string;
  /** The label of the search field. */
  readonly search: string;
  /** The label of the menu that has the `filters`, for screen readers. */
  readonly show: string;
  /** The label of the menu that has the `orders`, for screen readers. */
  readonly sort: string;
  /** Which transfers the list shows. */
  readonly filters: Record<Filter, string>;
  /** How the list is sorted. */
  readonly orders: Record<Order, string>;
  /** The buttons of a transfer. */
  readonly actions: Record<Action, string>;
  /** What the head's buttons do with all tasks. */
  readonly all: Record<AllAction, string>;
  /** How many transfers are in which state, for the head of the panel. */
  readonly counts: Record<keyof TaskCounts | "cancelled", PluralForms>;
  /** The list shows only the last `{n}` of the tasks that have ended. */
  readonly listed: string;
  /** The user or the app has suspended the transfer. */
  readonly paused: string;
  /** The transfer is being cancelled. */
  readonly canceling: string;
  /** A transfer has succeeded, by its kind. */
  readonly done: Record<TaskKind, string>;
  /** The bytes of a transfer are under way, by its kind. */
  readonly transferring: Record<TaskKind, string>;
  /** What a transfer waits for. `none` is also said of an activity without a text, such as `"waiting-for-daemon"`. */
  readonly activities: Record<Exclude<TaskActivity, "transferring" | "waiting-for-daemon">, string> & {
    readonly "waiting-for-daemon"?: string;
  };
  /** Why a task failed, by error codes. */
  readonly causes: Record<Cause, string>;
  /** An HTTP status that is a failure: `{n}`. */
  readonly status: string;
  /** The browser itself transfers it, and goes on when the user leaves. */
  readonly byBrowser: string;
  /** The app transfers it. One of the `whys` may follow. */
  readonly byApp: string;
  /** Why the app transfers it and not the browser. They follow `byApp`. */
  readonly whys: Record<Why, string>;
  /** `{a}` of `{b}`, two sizes. */
  readonly bytes: string;
  /** `{n}` is a duration. */
  readonly timeLeft: string;
  /** `{n}` is a duration. */
  readonly startsIn: string;
  /** `{n}` is a duration. It follows `noAnswer` or `noSuccess`. */
  readonly againIn: string;
  /** The last attempt got no answer. A sentence. */
  readonly noAnswer: string;
  /** The last attempt got an answer that is of no use, such as a 503. A sentence. */
  readonly noSuccess: string;
  /** What the user can do in the area for files. */
  readonly drop: string;
  /** `{n}` are the names of files, or how many there are. */
  readonly notAdded: string;
  /** The button that opens the dialog for files. */
  readonly chooseFiles: string;
  /** The button that opens the dialog for a folder with all its files. */
  readonly chooseFolder: string;
  /** The button that opens the camera of a phone. */
  readonly camera: string;
}
