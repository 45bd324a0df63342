import { error } from "./s3-answers.ts";

/** The part of a refusal that says what time it is. */
export type TimeIn = "body" | "header" | "nothing";

const MOST_SKEW_MS = 900_000;

/** Returns when a request was signed, in milliseconds. */
export function signedAt(query: URLSearchParams): number {
  const time = (query.get("X-Amz-Date") ?? "").replace(
    /^(....)(..)(..T..)(..)(..Z)$/,
    (_, year, month, rest, minutes, seconds) => `${year}-${month}-${rest}:${minutes}:${seconds}`,
  );
  return Date.parse(time);
}

/** Refuses what was signed at another time, as AWS does. */
export function timeRefusal(query: URLSearchParams, now: number, timeIn: TimeIn): Response | undefined {
  const from = signedAt(query);
  const until = from + Number(query.get("X-Amz-Expires")) * 1000;
  const isEarly = from > now + MOST_SKEW_MS;
  if (!isEarly && until >= now) return undefined;
  const words = isEarly ? "Request is not yet valid" : "Request has expired";
  const time = `<ServerTime>${new Date(now).toISOString().replace(/\.\d+/, "")}</ServerTime>`;
  const refusal = error(403, "AccessDenied", words, timeIn === "body" ? time : "");
  if (timeIn === "header") refusal.headers.set("date", new Date(now).toUTCString());
  return refusal;
}
