import { isRetryable } from "../../decisions/retry-policy.ts";
import type { StepAnswer, StepReply } from "../steps/upload-steps.ts";
import type { S3State } from "./s3-state.ts";
import { textOf } from "./xml.ts";

/** The signature was too old, or the clock of the signer, or of this device, is wrong: signed anew at once. */
const SIGN_AGAIN =
  /^(Expired|RequestExpired|RequestTimeTooSkewed|SignatureDoesNotMatch|AccessDenied.*(expired|not (yet )?valid))/i;
/** 400s about what happened to the bytes on the way. */
const SEND_AGAIN =
  /^(BadDigest|XAmzContentSHA256Mismatch|IncompleteBody|RequestTimeout|ClientDisconnect|InternalError|ServiceUnavailable|SlowDown)\b/;

/** Reads an answer that is no success, also one with status 200. */
export function refusalIn({ status, text }: StepAnswer): StepReply<S3State> {
  const words = `${textOf(text, "Code") ?? ""}: ${textOf(text, "Message") ?? ""}`;
  const reason = `${status} ${words}`;
  if (SIGN_AGAIN.test(words))
    return { kind: "again", reason: `${reason} (is the clock of this device right?)` };
  // Ceph says neither whether a signature has expired nor whether the clock is wrong.
  if (reason === "403 AccessDenied: ") return { kind: "again" };
  // `OperationAborted`: another request changes the object at this moment.
  if (isRetryable(status) || status === 409) return { kind: "later" };
  return SEND_AGAIN.test(words) || status < 300 ? { kind: "nonsense", reason } : { kind: "answer" };
}

export function isSuccess({ status }: StepAnswer): boolean {
  return status >= 200 && status <= 299;
}

/** Whether it is the success of a request with a body: S3 has nothing to say then, and a captive portal has a page. */
export function isBare(answer: StepAnswer): boolean {
  return isSuccess(answer) && answer.text === "";
}

/** Whether the bucket does not know the upload. Ceph says `NoSuchKey`. */
export function isUnknown({ status, text }: StepAnswer): boolean {
  return status === 404 || textOf(text, "Code") === "NoSuchUpload";
}
