import type { Failure } from "../../protocol/session-error.ts";

/** The request got no answer, and may not be sent twice. */
export function lost(message: string): Failure {
  return {
    code: "network-lost",
    message: `The request got no answer and must not be sent twice (retry.unsafe is false): ${message}`,
  };
}

/** The host can be reached, but the browser does not let this site read its answers. */
export function blocked(url: string, isRedirected = false): Failure {
  const { origin, pathname } = new URL(url);
  const who = isRedirected ? `The address that ${origin}${pathname} redirects to` : origin;
  return {
    code: "blocked",
    message:
      `${who} can be reached, but the browser does not let this site read it. The server there must allow this site with ` +
      "Access-Control-Allow-Origin (and the request's headers with Access-Control-Allow-Headers), and the " +
      "Content-Security-Policy of the worker's script must list that origin in connect-src.",
  };
}
