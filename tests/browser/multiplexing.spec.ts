import { type Http2Front, startHttp2Front } from "../../server/http2/front.ts";
import type { TestServer } from "../../server/server.ts";
import { needs } from "../support/absences.ts";
import { test as base, completion, expect } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";

/** The same site behind a proxy that speaks HTTP/2, as most sites are. */
const test = base.extend<{ front: Http2Front }>({
  front: async ({ browserApp, site }, use) => {
    const front = await startHttp2Front(site.origin);
    await use(front);
    await browserApp.forget([front.origin]);
    await front.close();
  },
});

/** Answers `/held` when it is told to, or by itself after a while. */
function holdRequests(site: TestServer, delayMs?: number) {
  const held: ((status?: number) => void)[] = [];
  let answered = 0;
  const facts = {
    delayMs,
    /** The most that waited at once: before the first answer, and ever. */
    first: 0,
    most: 0,
    /** How many wait for their answer. */
    get open() {
      return held.length - answered;
    },
    answer(count: number, status?: number): void {
      for (const answer of held.slice(answered, answered + count)) answer(status);
      answered += count;
    },
  };
  site.route("/held", async (request, response) => {
    for await (const _ of request);
    held.push((status = 200) => {
      response.writeHead(status, { "retry-after": "0" }).end("x");
    });
    if (answered === 0) facts.first = held.length;
    facts.most = Math.max(facts.most, facts.open);
    if (facts.delayMs === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, facts.delayMs));
    // Otherwise it is told by now.
    if (facts.delayMs !== undefined) facts.answer(1);
  });
  return facts;
}

function post(page: TestPage, count: number, first = 0): Promise<void> {
  return page.evaluate(
    async ([from, to]) => {
      const session = app.BackgroundSession.current("test") ?? (await app.open("test"));
      for (let n = from; n < to; n += 1)
        void session.dataTask({ url: "/held", method: "POST", body: "x" }, { id: `t${n}` }).resume();
    },
    [first, first + count] as const,
  );
}

/** Nothing more arrives while everything that could be sent has been. */
async function expectOpen(held: { readonly open: number }, count: number): Promise<void> {
  await expect.poll(() => held.open).toBe(count);
  await settled(held);
  expect(held.open).toBe(count);
}

/** Waits until nothing more has arrived for a moment. */
async function settled(held: { readonly open: number }): Promise<void> {
  let before: number;
  do {
    before = held.open;
    await new Promise((resolve) => setTimeout(resolve, 500));
  } while (held.open !== before);
}

test("a host over HTTP/1.1 gets six requests at once, however well it answers", async ({ page, site }) => {
  const held = holdRequests(site);
  await post(page, 20);
  await expectOpen(held, 6);
  held.answer(6);
  await expectOpen(held, 6);
});

test(
  "a host over HTTP/2 gets more with each answer, up to 32, and half after a 503 @core",
  needs("certificates-of-tests"),
  async ({ browserApp, front, site }) => {
    const page = await browserApp.open(front.origin);
    // Long enough for a busy machine not to look like a server that becomes slower.
    const held = holdRequests(site, 1_500);
    await post(page, 300);
    await expect.poll(() => held.most).toBe(32);
    expect(held.first).toBe(6);
    held.delayMs = undefined;
    await expectOpen(held, 32);
    expect(held.most).toBe(32);
    held.answer(1, 503);
    await expect.poll(() => held.open).toBe(31);
    held.answer(30);
    // Half of what it had earned, which is a little more than 32. What was sent before the refusal adds nothing.
    await expect.poll(() => held.open).toBeGreaterThanOrEqual(16);
    await settled(held);
    expect(held.open).toBeLessThan(31);
    while (await page.evaluate(() => app.BackgroundSession.current("test")?.tasks().length)) {
      held.answer(held.open);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    for (const id of ["t0", "t80", "t299"]) await completion(page, id);
  },
);

test(
  "a session that limits its connections to a host is not given more over HTTP/2",
  needs("certificates-of-tests"),
  async ({ browserApp, front, site }) => {
    const page = await browserApp.open(front.origin);
    const held = holdRequests(site);
    await page.evaluate(async () => {
      await app.open("test", { configuration: { httpMaximumConnectionsPerHost: 2 } });
    });
    await post(page, 12);
    for (let round = 0; round < 3; round += 1) {
      await expectOpen(held, 2);
      held.answer(2);
    }
  },
);

test(
  "a worker that starts anew knows the host: its downloads leave the page no connection that it does not need",
  needs("certificates-of-tests"),
  async ({ browserApp, front, site }) => {
    const page = await browserApp.open(front.origin);
    const held = holdRequests(site);
    await post(page, 1);
    await expectOpen(held, 1);
    held.answer(1);
    await completion(page, "t0");
    await browserApp.stopWorkers(page);
    await page.evaluate(async () => {
      const session = app.BackgroundSession.current("test");
      for (let n = 0; n < 8; n += 1)
        void session?.downloadTask(`/files/1MB.bin?throttle=20KB&key=${n}`).resume();
    });
    // Over HTTP/1.1, a visible page keeps two of the six.
    await expect.poll(() => site.requests("/files/1MB.bin").length).toBe(6);
  },
);
