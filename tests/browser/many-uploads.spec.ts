import type { TestServer } from "../../server/server.ts";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { countOwedEvents } from "../support/task-end.ts";

const FORMS = 500;
/** The number of answers that are lost after the server has acted. */
const LOST = 50;

interface Received {
  readonly key: string;
  readonly name: string;
  readonly isLost: boolean;
}

/** Serves an endpoint that processes every form, and loses every tenth first answer. */
function acceptForms(site: TestServer): Received[] {
  const received: Received[] = [];
  const lost = new Set<string>();
  site.route("/forms", async (request, response) => {
    // A form that twice got no answer is followed by a HEAD that looks for a redirect.
    if (request.method !== "POST") return void response.end();
    let text = "";
    for await (const chunk of request) text += chunk;
    const name = /name="name"\r\n\r\n(.*)\r\n/.exec(text)?.[1] ?? "";
    const key = String(request.headers["idempotency-key"]);
    const isLost = Number(name.slice(5)) % (FORMS / LOST) === 0 && !lost.has(name);
    if (isLost) lost.add(name);
    received.push({ key, name, isLost });
    if (isLost) response.destroy();
    else response.setHeader("content-type", "text/plain").end(`thanks for ${name}`);
  });
  return received;
}

test(
  "500 forms that were queued offline are sent when the network returns, each with one key, though 50 answers are lost",
  needs("offline-worker"),
  async ({ chromium, page, site }) => {
    test.slow();
    const received = acceptForms(site);
    await page.evaluate(() => app.open());
    await chromium.context.setOffline(true);
    await page.evaluate(async (count) => {
      const session = app.BackgroundSession.current("test");
      const tasks = Array.from({ length: count }, (_, n) => {
        const form = new FormData();
        form.set("name", `form ${n}`);
        form.set("photo", new File(["x".repeat(500)], "p.jpg"));
        return session?.uploadTask("/forms", form, { id: `form ${n}` });
      });
      await Promise.all(tasks.map((task) => task?.resume()));
    }, FORMS);
    expect(received).toEqual([]);
    await chromium.context.setOffline(false);
    await expect.poll(() => page.evaluate(countOwedEvents), { timeout: 60_000 }).toBe(0);
    await expect
      .poll(() => page.evaluate(() => app.entries().then((all) => all.length)), { timeout: 60_000 })
      .toBe(FORMS);

    const noted = await page.evaluate(() => app.entries());
    expect(new Set(noted.map(({ id, status, text, error }) => `${id} ${status} ${text} ${error}`))).toEqual(
      new Set(Array.from({ length: FORMS }, (_, n) => `form ${n} 200 thanks for form ${n} undefined`)),
    );
    const byName = new Map<string, Received[]>();
    for (const it of received) byName.set(it.name, [...(byName.get(it.name) ?? []), it]);
    expect(byName.size).toBe(FORMS);
    for (const sends of byName.values()) {
      expect(new Set(sends.map(({ key }) => key)).size).toBe(1);
      // Sent again only if the answer was lost, and never after one that arrived.
      expect(sends.map(({ isLost }) => isLost)).toEqual(sends.length === 2 ? [true, false] : [false]);
    }
    expect(new Set(received.map(({ key }) => key)).size).toBe(FORMS);
    expect(received.filter(({ isLost }) => isLost)).toHaveLength(LOST);
    expect(await page.evaluate(() => app.rows("bodies"))).toEqual([]);
  },
);
