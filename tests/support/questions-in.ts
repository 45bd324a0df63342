import { expect, vi } from "vitest";
import type { AppsAnswer } from "../../src/protocol/questions.ts";
import { readEvents, type StoredEvent } from "../../src/store/outbox.ts";
import type { TaskRow } from "../../src/store/schema.ts";
import { readTask } from "../../src/store/tasks.ts";
import { type DaemonWorld, makeTask } from "./daemon-world.ts";
import { macrotasks } from "./fake-world.ts";
import type { Exchange } from "./range-server.ts";
import type { RowOptions } from "./task-row.ts";

export const CHALLENGE = "didReceiveChallenge";

/** What a test does with the questions of a world: its server refuses, the app answers. */
export function questionsIn(current: () => DaemonWorld) {
  const server = () => current().world.server;
  const open = (): Exchange[] =>
    server().exchanges.filter(({ isOver, isAnswered }) => !isOver && !isAnswered);
  const rowOf = async (key: string) => (await readTask(current().page, "session", key)) as TaskRow;
  const outbox = () => readEvents(current().page, "session", 0);
  const typesOf = async (key: string) =>
    (await outbox()).filter(({ taskKey }) => taskKey === key).map(({ type }) => type);

  async function requests(count: number): Promise<Exchange[]> {
    await vi.waitFor(() => expect(open()).toHaveLength(count), { interval: 1 });
    return open();
  }

  function refuse(exchange: Exchange | undefined, status = 401): void {
    server().refuse(exchange as Exchange, status, { "www-authenticate": "Token" });
    exchange?.finish();
  }

  function serve(exchange: Exchange | undefined): void {
    server().answer(exchange as Exchange);
    exchange?.finish();
  }

  async function asked(key: string, type: string = CHALLENGE): Promise<StoredEvent> {
    let found: StoredEvent | undefined;
    await vi.waitFor(
      async () => {
        found = (await outbox()).find((event) => event.taskKey === key && event.type === type);
        expect(found).toBeDefined();
      },
      { interval: 1 },
    );
    return found as StoredEvent;
  }

  async function answer({ taskKey: key, eventId }: StoredEvent, what: AppsAnswer): Promise<void> {
    const command = { type: "answer", session: "session", key, eventId, answer: what } as const;
    await current().world.daemon?.handle(command, "page");
    await macrotasks(10);
  }

  async function challenged(options: RowOptions = {}): Promise<[string, StoredEvent]> {
    const key = await makeTask(current(), options);
    refuse((await requests(1))[0]);
    return [key, await asked(key)];
  }

  async function completed(key: string): Promise<TaskRow> {
    await vi.waitFor(async () => expect((await rowOf(key)).state).toBe("completed"), { interval: 1 });
    return rowOf(key);
  }

  return {
    server,
    open,
    rowOf,
    outbox,
    typesOf,
    requests,
    refuse,
    serve,
    asked,
    answer,
    challenged,
    completed,
  };
}
