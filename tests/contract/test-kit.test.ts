import { afterEach, describe, it, vi } from "vitest";
import type { BackgroundTask } from "../../src/app/index.ts";
import type { TestWorld } from "../../src/testing/index.ts";
import { CASES, type Stage } from "./app-contract.ts";

/** The test app in the world of the kit. */
class KitStage implements Stage {
  readonly world: TestWorld;

  private constructor(world: TestWorld) {
    this.world = world;
  }

  /** Every module is as new as in a page that is loaded. */
  static async begin(): Promise<KitStage> {
    vi.resetModules();
    const { createTestWorld } = await import("../../src/testing/index.ts");
    const world = createTestWorld();
    await world.load(() => import("../support/app/main.ts"));
    return new KitStage(world);
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
    return { method: request.method, range: request.headers.get("range"), body: await request.text() };
  }

  goOffline = (): Promise<void> => this.world.goOffline();
  goOnline = (): Promise<void> => this.world.goOnline();
  killWorker = (): Promise<void> => this.world.killWorker();
  killPage = (): Promise<void> => this.world.killPage();

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

let stage: KitStage | undefined;
afterEach(() => stage?.world.close());

describe("in the world of the test kit", () => {
  for (const { name, play } of CASES)
    it(name, async () => {
      stage = await KitStage.begin();
      await play(stage);
    });
});
