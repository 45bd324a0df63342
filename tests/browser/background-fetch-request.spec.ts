import { comparable } from "../support/comparable-request.ts";
import { expect, test } from "../support/fixtures.ts";

test.use({ needed: ["background-fetch"] });

/** Headers that the browser's own fetch omits or adds, whatever the request says (docs/transports.md). */
const DIFFERENCES = [
  "accept",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "idempotency-key",
  "origin",
  "pragma",
  "range",
  "referer",
  "sec-ch-ua",
  "sec-ch-ua-mobile",
  "sec-ch-ua-platform",
];

const ROWS = [
  "only a URL",
  "headers by name",
  "a DELETE with a body",
  "a string with its own type",
  "a large Blob",
  "a form",
  "credentials include",
  "mode same-origin",
  "a referrer and a policy",
  // Chromium kills a page that starts a background fetch without a referrer.
  "no referrer",
  'policy "no-referrer"',
];

test("Background Fetch sends what fetch sends, except for what the browser decides", async ({
  chromium,
  page,
  site,
}) => {
  test.slow();
  site.serve("/frame.html", { body: "<!doctype html><title>Another realm</title>" });
  // A body that has to be read first goes in its own registration, and each registration needs a user gesture.
  const touching = setInterval(() => chromium.click(page).catch(() => {}), 1_000);
  const comparisons = await page.evaluate(async (names) => {
    const session = await app.open("test", { configuration: { transport: "background-fetch" } });
    return app.compare({
      session,
      kind: "download",
      ways: ["address", "description", "Request"],
      crossOrigin: "",
      isWanted: ({ name }) => names.includes(name),
    });
  }, ROWS);
  clearInterval(touching);
  expect(comparisons).toHaveLength(ROWS.length * 2 + 1);
  for (const { row, way, fetched, sent } of comparisons) {
    const seen = { row, way, ...comparable(sent, DIFFERENCES) };
    expect(seen).toEqual({ row, way, ...comparable(fetched, DIFFERENCES) });
    // The browser sent the request.
    expect(sent.headers).not.toHaveProperty("referer");
  }
});
