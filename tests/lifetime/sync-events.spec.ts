import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "../support/fixtures.ts";
import { RawChromium } from "../support/raw-chromium.ts";
import { SYNC_OUTCOME, SYNC_STORY } from "../unit/sw/host/fake-sync.ts";

/** Chromium waits minutes by default. */
const RETRY_SECONDS = 2;
const FLAGS = [
  "--force-fieldtrials=BackgroundSync/Short/",
  "--force-fieldtrial-params=BackgroundSync.Short:" +
    `initial_retry_delay_sec/${RETRY_SECONDS}/retry_delay_factor/1/max_sync_attempts/3`,
];

/** Asks the server what to do, tells it what came of that, and rejects. */
const WORKER = `self.addEventListener("sync", (event) => {
  const say = async (what) => (await fetch("/sync?" + encodeURIComponent(what), { method: "POST" })).text();
  const work = async () => {
    const chance = event.lastChance ? "the last chance" : "another chance";
    if ((await say("begin")) !== "again") await say(chance);
    else await registration.sync.register(event.tag).then(
      () => say(chance + ", registered"),
      (error) => say(chance + ", " + error.name),
    );
    throw new Error("There is unfinished work.");
  };
  event.waitUntil(work());
});`;

const PAGE = `<!doctype html><title>Sync</title><script>
  navigator.serviceWorker.register("/sync-worker.js");
  navigator.serviceWorker.ready.then(({ sync }) => sync.register("tag"));
</script>`;

test("sync events are tried as often as the tests in Node believe, in a browser without a debugger", async ({
  site,
}) => {
  test.slow();
  site.serve("/sync-worker.js", { body: WORKER, type: "text/javascript" });
  site.serve("/sync.html", { body: PAGE, type: "text/html" });
  const outcome: string[] = [];
  const browser = await RawChromium.launch({}, FLAGS);
  let page = "";
  site.route("/sync", async (request, response) => {
    const said = decodeURIComponent(request.url?.split("?")[1] ?? "");
    if (said === "begin") {
      const { registersAgain, hasWindow } = SYNC_STORY[outcome.length] ?? {
        registersAgain: false,
        hasWindow: false,
      };
      if (!hasWindow && page !== "") await browser.closePage(page);
      if (!hasWindow) page = "";
      response.end(registersAgain ? "again" : "no");
    } else {
      outcome.push(said);
      response.end();
    }
  });
  try {
    page = await browser.open(`${site.origin}/sync.html`);
    await expect.poll(() => outcome, { timeout: 60_000 }).toEqual(SYNC_OUTCOME);
    // No event comes after the last chance.
    await pause(4_000 * RETRY_SECONDS);
    expect(outcome).toEqual(SYNC_OUTCOME);
  } finally {
    await browser.close();
  }
});
