import type { TaskActivity, TaskCounts, TaskKind } from "../../app/index.ts";
import type { Cause } from "../causes.ts";
import type { Action, AllAction, Filter, Order } from "../choices.ts";
import type { Why } from "../transport-whys.ts";

/** The forms that `Intl.PluralRules` tells apart in a language; `{n}` is the number. */
export type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

/** All that the panel says in one language. */
export interface Messages {
  readonly direction: "ltr" | "rtl";
  readonly title: string;
  readonly empty: string;
  /** The filter lets nothing through. */
  readonly nothingFound: string;
  readonly search: string;
  readonly show: string;
  readonly sort: string;
  readonly filters: Record<Filter, string>;
  readonly orders: Record<Order, string>;
  readonly actions: Record<Action, string>;
  /** What the head's buttons do with all tasks. */
  readonly all: Record<AllAction, string>;
  readonly counts: Record<keyof TaskCounts | "cancelled", PluralForms>;
  /** Of the ended tasks, the list shows the last `{n}`. */
  readonly listed: string;
  readonly paused: string;
  readonly canceling: string;
  readonly done: Record<TaskKind, string>;
  readonly transferring: Record<TaskKind, string>;
  /** `none` is also said of an activity that has no text. */
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
  readonly drop: string;
  /** `{n}` are the names of files, or how many there are. */
  readonly notAdded: string;
  readonly chooseFiles: string;
  readonly chooseFolder: string;
  readonly camera: string;
}
