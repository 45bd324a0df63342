import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readTask } from "../../../src/store/tasks.ts";
import { beginWorld, type DaemonWorld, endWorld, makeTask } from "../../support/daemon-world.ts";
import { macrotasks } from "../../support/fake-world.ts";

const MINUTE_MS = 60_000;
const POISONED = "https://app.test/poisoned";

describe("the tasks of a host that gave no response", () => {
  let begun: DaemonWorld;
  beforeEach(async () => {
    begun = await beginWorld();
  });
  afterEach(() => endWorld(begun));

  /** The server breaks the connection of each such request, always. */
  function poison(): void {
    const { server } = begun.world;
    const { fetch } = server;
    const broken = () => Promise.reject(new TypeError("Failed to fetch"));
    Object.assign(server, {
      fetch: (request: Request) => (request.url === POISONED ? broken() : fetch(request)),
    });
  }

  /** Makes tasks that have all failed once, while the server was down. */
  async function failedOnce(urls: readonly string[]): Promise<string[]> {
    begun.world.server.isDown = true;
    begun.world.start();
    const keys: string[] = [];
    for (const url of urls) keys.push(await makeTask(begun, { url, kind: "data" }));
    await vi.waitFor(
      async () => {
        for (const key of keys) expect((await readTask(begun.page, "session", key))?.attempts).toBe(1);
      },
      { interval: 1, timeout: 20_000 },
    );
    begun.world.server.isDown = false;
    return keys;
  }

  const stateOf = async (key = "") => (await readTask(begun.page, "session", key))?.state;

  it("all get their turn, however many of them the server always breaks", async () => {
    poison();
    const keys = await failedOnce([...Array<string>(60).fill(POISONED), "https://app.test/file"]);
    for (let minute = 0; minute < 30 && (await stateOf(keys.at(-1))) === "running"; minute += 1) {
      await vi.advanceTimersByTimeAsync(MINUTE_MS);
      await macrotasks(5);
    }
    expect(await stateOf(keys.at(-1))).toBe("completed");
  });

  it("do not wait for one that was suspended while it tried", async () => {
    begun.world.server.isAutomatic = false;
    const [first = ""] = await failedOnce(Array<string>(2).fill("https://app.test/file"));
    const { exchanges } = begun.world.server;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(exchanges.length).toBe(1);
    await begun.world.daemon?.handle(
      { type: "control", session: "session", key: first, action: "suspend" },
      "page",
    );
    await vi.advanceTimersByTimeAsync(2_000);
    expect(exchanges.length).toBe(2);
  });

  it("are not all told of each try", async () => {
    const { world } = begun;
    await failedOnce(Array<string>(100).fill("https://app.test/file"));
    world.server.isDown = true;
    await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
    world.notices.splice(0);
    await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
    const infos = world.notices.flatMap((notice) => (notice.type === "tasks" ? notice.tasks : []));
    const tries = infos.filter(({ activity }) => activity === "connecting").length;
    expect(tries).toBeGreaterThan(20);
    // That it is connecting, and that it waits again.
    expect(infos.length).toBeLessThanOrEqual(2 * tries + 1);
  });
});
