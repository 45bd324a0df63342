import { LIBRARY_VERSION } from "../../protocol/library-version.ts";
import { type Greeting, PROTOCOL } from "../../protocol/versions.ts";
import type { DaemonLocation } from "../daemon/daemon-location.ts";
import { findDaemon } from "../daemon/find-daemon.ts";
import { warnOnce } from "../warn.ts";

/** A worker that has just been built again has replaced the one before it by then. */
const PATIENCE_MS = 10_000;

/** Warns a little later if the worker has another version of the library than the page, e.g. an old copy of `sw.js`. */
export function warnIfOtherWorker(location: DaemonLocation): void {
  setTimeout(() => void check(location).catch(() => {}), PATIENCE_MS);
}

async function check(location: DaemonLocation): Promise<void> {
  const link = await findDaemon(location, undefined);
  const { library } = (await link.request({ type: "hello", versions: PROTOCOL })) as Greeting;
  if (library === LIBRARY_VERSION) return;
  const script = link.registration?.active?.scriptURL ?? link.pageDaemon?.script.href;
  warnOnce(
    `The page has version ${LIBRARY_VERSION} of the library, and its worker ${script} has ${library ?? "an earlier one"}. ` +
      "If the worker is a copy of dist/sw.js, copy it again; if it is your own, build it again. Then reload the page.",
  );
}
