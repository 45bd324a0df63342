import type { Run } from "../ports/transport.ts";
import type { Watchdog } from "../ports/watchdog.ts";
import { fetching } from "../transports/fetch-transport.ts";
import type { AnswerSource } from "../transports/judged-attempt.ts";
import type { Pace } from "./pace.ts";

/** Gets an answer with `fetch` when the limit allows it, and asks for no more than it allows. */
export function limitedSource(run: Run, watchdog: Watchdog, pace: Pace): AnswerSource {
  const unlimited = fetching(run, watchdog);
  return {
    ...fetching(run, watchdog, true),
    async ask(asked, onDisk) {
      run.progress.tell("transferring", onDisk);
      const end = asked.offset + (await pace.turn(watchdog));
      const limited = { ...run, limit: () => Math.min(end, run.limit() ?? end) };
      const response = await fetching(limited, watchdog).ask(asked, onDisk);
      if (!hidesItsRange(response)) return response;
      return unlimited.ask({ ...asked, isRanged: asked.offset > 0 }, onDisk);
    },
  };
}

/** Another origin may hide `Content-Range`: then only the length of all the rest proves a range. */
function hidesItsRange(response: Awaited<ReturnType<AnswerSource["ask"]>>): boolean {
  return "headers" in response && response.status === 206 && !response.headers.has("content-range");
}
