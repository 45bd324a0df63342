import { SessionError } from "../../protocol/session-error.ts";
import {
  type Agreement,
  agree,
  type Greeting,
  PROTOCOL,
  type VersionRange,
} from "../../protocol/versions.ts";
import type { KnownDaemon } from "../../store/schema.ts";
import { warnIfSlow } from "../warn.ts";
import { isUpdated } from "./activation.ts";
import type { DaemonLink } from "./daemon-link.ts";
import { daemonMissing } from "./daemon-missing.ts";

const HELLO_MS = 10_000;
const HELLO_WARNING_MS = 2_000;

/**
 * Makes sure that our daemon answers and speaks our protocol; an old one is updated if possible.
 * @returns what it said about itself
 * @throws SessionError `daemon-missing`, `daemon-outdated` or `page-outdated`
 */
export async function greet(link: DaemonLink, session: string, mayUpdate = true): Promise<Greeting> {
  const answer = await hello(link, session);
  if (isAgreed(answer)) return answer;
  if (agreementWith(answer) === "page-outdated")
    throw new SessionError("page-outdated", "The page is older than the daemon. Reload it.");
  const { registration, pageDaemon } = link;
  const change = mayUpdate && (registration === undefined ? pageDaemon?.tryAlone() : isUpdated(registration));
  if (await change) return greet(link, session, false);
  if (answer instanceof Error) throw silenceOf(link, answer);
  throw new SessionError(
    "daemon-outdated",
    "The daemon is older than the page, and its update did not come. Close the other tabs of the app, or reload.",
  );
}

/** Says whether `link` leads to a daemon that was met before and speaks our protocol: it need not be waited for. */
export function isKnown({ registration }: DaemonLink, known: KnownDaemon | undefined): known is KnownDaemon {
  // An earlier version could not say everything; under the same address there may be a later one by now.
  const isComplete = known?.greeting.keepsOrder === true;
  return isComplete && known.script === registration?.active?.scriptURL && isAgreed(known.greeting);
}

/** @returns the daemon's answer, or the error if there is none */
function hello(link: DaemonLink, session: string): Promise<unknown> {
  const script = link.registration?.active?.scriptURL ?? link.pageDaemon?.script;
  return warnIfSlow(
    link.request({ type: "hello", versions: PROTOCOL, session }, HELLO_MS).catch((error: unknown) => error),
    HELLO_WARNING_MS,
    () => `${script} does not answer. ${link.registration?.waiting ? NEWER_WAITS : DOES_IT_START}`,
  );
}

const DOES_IT_START = "Does it call startDaemon(), at its top and synchronously?";
const NEWER_WAITS =
  "A newer worker waits until its last page is closed. With skipWaiting() in that one, it takes over at once.";

function agreementWith(answer: unknown): Agreement | undefined {
  const versions = (answer as { versions?: VersionRange } | undefined)?.versions;
  return versions && agree(PROTOCOL, versions);
}

function isAgreed(answer: unknown): answer is Greeting {
  return agreementWith(answer) === "agreed";
}

function silenceOf({ registration, pageDaemon }: DaemonLink, cause: Error): SessionError {
  pageDaemon?.giveUp();
  return daemonMissing(
    pageDaemon === undefined
      ? `${registration?.active?.scriptURL} does not run startDaemon(), or its script fails`
      : `there are no service workers here, and ${pageDaemon.script.href} did not run startDaemon() in a worker of ` +
          `the page (${pageDaemon.error ?? "no error was reported"}). Before that, it must not need ` +
          '"registration", "clients" or "skipWaiting"',
    cause,
  );
}
