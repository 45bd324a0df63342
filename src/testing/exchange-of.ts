import type { BackgroundTask } from "../app/background-task.ts";
import { TaskHandle } from "../app/tasks/task-handle.ts";
import { readTask } from "../store/tasks.ts";
import { withDatabase } from "../store/with-database.ts";
import type { Exchange } from "./exchange.ts";
import type { Network } from "./network.ts";
import type { TestTime } from "./test-time.ts";
import { untilQuiet } from "./until-quiet.ts";

const MOST_STEPS = 20;

/** The parts of a world in which the request of a task is looked for. */
export interface ExchangePlace {
  readonly network: Network;
  readonly time: TestTime;
  /** The scope of the app's worker. */
  readonly scope: string;
}

/**
 * Waits a little for the request of a task.
 * @param method the method that needs it, for messages
 * @throws TypeError if this is no task of a session of this world; Error if no request of it waits for an answer
 */
export async function exchangeOf(
  task: BackgroundTask,
  method: string,
  { network, time, scope }: ExchangePlace,
): Promise<Exchange> {
  const call = `world.${method}()`;
  if (!(task instanceof TaskHandle)) throw new TypeError(`${call} takes a task of a session.`);
  const { key, session } = TaskHandle.modelOf(task).info;
  if (session === "")
    throw new TypeError(`${call} takes a task of a session: one of createTestTask() belongs to none.`);
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const found = network.pending(key);
    if (found !== undefined) return found;
    await time.step();
  }
  if (task.state !== "completed" && !(await isStored(scope, session, key)))
    throw new TypeError(
      `${call}: the task "${task.id}" of the session "${session}" belongs to another test world, which is closed.`,
    );
  throw new Error(`${call}: no request of the task "${task.id}" waits for an answer, ${reasonOf(task)}`);
}

/** Says why a task has no request, and what the test can do. */
function reasonOf({ state, activity, error, response }: BackgroundTask): string {
  if (state === "suspended") return "since its state is suspended. Did the app call resume()?";
  if (state === "completed")
    return `since it has ended: its state is completed, with ${error === undefined ? `HTTP ${response?.status}` : `the error "${error.code}"`}.`;
  return `since its state is ${state}, its activity ${activity}. If it waits to try again, call world.advance(ms).`;
}

async function isStored(scope: string, session: string, key: string): Promise<boolean> {
  let isFound: boolean | undefined;
  void withDatabase(scope, async (database) => {
    isFound = (await readTask(database, session, key)) !== undefined;
  });
  await untilQuiet(() => isFound === undefined);
  return isFound ?? false;
}
