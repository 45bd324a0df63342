import type { BackgroundTask } from "../app/background-task.ts";
import { TaskHandle } from "../app/tasks/task-handle.ts";
import type { Exchange } from "./exchange.ts";
import type { Network } from "./network.ts";
import type { TestTime } from "./test-time.ts";

const MOST_STEPS = 20;

/**
 * Waits a little for the request of a task.
 * @param method the method that needs it, for messages
 * @throws TypeError if this is no task of a session; Error if no request of it waits for an answer
 */
export async function exchangeOf(
  task: BackgroundTask,
  method: string,
  network: Network,
  time: TestTime,
): Promise<Exchange> {
  if (!(task instanceof TaskHandle)) throw new TypeError(`world.${method}() takes a task of a session.`);
  const { key } = TaskHandle.modelOf(task).info;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const found = network.pending(key);
    if (found !== undefined) return found;
    await time.step();
  }
  throw new Error(
    `world.${method}(): no request of the task "${task.id}" waits for an answer. Its state is ${task.state}, its ` +
      `activity ${task.activity}. Did the app call resume()? If it waits to try again, call world.advance(ms).`,
  );
}
