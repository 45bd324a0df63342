import { afterEach, describe, expect, it, vi } from "vitest";
import type { BackgroundTask } from "../../src/app/index.ts";
import type { TestWorld, TestWorldOptions } from "../../src/testing/index.ts";
import { CASES, type OwnWorker, type Stage } from "../contract/app-contract.ts";

/** The test app in the world of the kit. */
class KitStage implements Stage {
  readonly world: TestWorld;
  readonly #handled: readonly string[];

  private constructor(world: TestWorld, handled: readonly string[]) {
    this.world = world;
    this.#handled = handled;
  }

  /** Every module is as new as in a page that is loaded. */
  static async begin(worker: OwnWorker | undefined): Promise<KitStage> {
    vi.resetModules();
    const { createTestWorld } = await import("../../src/testing/index.ts");
    const { destinations } = await import("../../src/sw/destinations/index.ts");
    const handled: string[] = [];
    const handleEventsForBackgroundSession = (identifier: string, completionHandler: () => void) =>
      handle(identifier, () => {
        handled.push(identifier);
        completionHandler();
      });
    const options: Readonly<Record<OwnWorker, TestWorldOptions>> = {
      launches: { handleEventsForBackgroundSession },
      sends: { willSend: (_, { id }) => ({ "x-token": `for ${id}` }) },
    };
    const world = createTestWorld({ destinations, ...(worker && options[worker]) });
    await world.load(() => import("../support/app/main.ts"));
    return new KitStage(world, handled);
  }

  async run<Argument, Result>(
    act: (argument: Argument) => Result,
    argument: Argument,
  ): Promise<Awaited<Result>> {
    return this.world.until(Promise.resolve(act(argument)));
  }

  progress(id: string, bytes: number, totalBytes: number): Promise<void> {
    return this.world.progress(this.#task(id), bytes, totalBytes);
  }

  async finish(id: string, { status = 200, body }: { status?: number; body?: string } = {}): Promise<void> {
    await this.world.finish(this.#task(id), status, body);
  }

  cut(id: string): Promise<void> {
    return this.world.fail(this.#task(id));
  }

  async request(id: string) {
    const request = await this.world.request(this.#task(id));
    const { method, headers } = request;
    return {
      method,
      range: headers.get("range"),
      token: headers.get("x-token"),
      body: await request.text(),
    };
  }

  goOffline = (): Promise<void> => this.world.goOffline();
  goOnline = (): Promise<void> => this.world.goOnline();
  killWorker = (): Promise<void> => this.world.killWorker();
  killPage = (): Promise<void> => this.world.killPage();

  wake = (): Promise<void> => this.world.relaunch();

  async launched(session: string): Promise<void> {
    expect(this.#handled).toEqual([session]);
  }

  async load(): Promise<void> {
    await this.world.reload();
  }

  async eventually(check: () => Promise<void>): Promise<void> {
    for (let tries = 0; tries < 20; tries += 1) {
      try {
        return await check();
      } catch {
        await this.world.advance(1_000);
      }
    }
    await check();
  }

  /** As the page got it that made it. */
  #task(id: string): BackgroundTask {
    return (globalThis as unknown as Record<string, BackgroundTask>)[`task ${id}`] as BackgroundTask;
  }
}

/** As app/launch-worker.ts handles a launch. */
async function handle(identifier: string, completionHandler: () => void): Promise<void> {
  await app.BackgroundSession.open(identifier, {
    delegate: {
      didFinishDownloading: (task, file, { eventId }) =>
        app.note({ type: "didFinishDownloading", eventId, id: task.id, sizeBytes: file.size }),
      didComplete: (task, error, { eventId }) =>
        app.note({ type: "didComplete", eventId, id: task.id, ...(error && { error: error.code }) }),
      didFinishEvents: completionHandler,
    },
  });
}

/** What holds of an app in a browser holds in the world of the test kit. */
export function playCases(place: string): void {
  let stage: KitStage | undefined;
  afterEach(() => stage?.world.close());

  describe(`in the world of the test kit, ${place}`, () => {
    for (const { name, play, worker } of CASES)
      it(name, async () => {
        stage = await KitStage.begin(worker);
        await play(stage);
      });
  });
}
