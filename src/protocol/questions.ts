import { isRecord } from "./checks.ts";
import type { RequestRecord } from "./request-record.ts";
import { fits, oneOf, optional, type Shape, STRINGS_BY_NAME } from "./shape.ts";
import { unsupportedReason } from "./supported-address.ts";

/** What the app is asked about a task that is not finished, named after the delegate's method that answers. */
export const QUESTIONS = ["didReceiveChallenge", "willBeginDelayedRequest"] as const;

export type Question = (typeof QUESTIONS)[number];

export function isQuestion(type: string): type is Question {
  return QUESTIONS.includes(type as Question);
}

/** `complete`: the next answer of the server completes the task, whatever its status. */
export const DISPOSITIONS = ["continue", "wait", "cancel", "complete"] as const;

/** The app's answer to a question. */
export interface AppsAnswer {
  readonly disposition: (typeof DISPOSITIONS)[number];
  /** The task goes on with this request, and with the body that it has. */
  readonly request?: RequestRecord;
}

const REQUEST: Shape = {
  url: (value) => typeof value === "string" && URL.canParse(value) && unsupportedReason(value) === undefined,
  method: "",
  headers: STRINGS_BY_NAME,
  mode: "",
  credentials: "",
  cache: "",
  redirect: oneOf("follow"),
  referrer: "",
  referrerPolicy: "",
  integrity: "",
  body: oneOf(undefined),
};

export const APPS_ANSWER: Shape = (value) =>
  isRecord(value) && fits(value, { disposition: oneOf(...DISPOSITIONS), request: optional(REQUEST) });
