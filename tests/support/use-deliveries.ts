import { afterEach } from "vitest";
import { type CompletionHandler, handlerIn } from "../../src/app/events/completion-handler.ts";
import type { SessionDelegate } from "../../src/app/events/delegate.ts";
import { Delivery } from "../../src/app/events/delivery.ts";
import type { DeliveryOptions } from "../../src/app/events/event-receiver.ts";
import { TaskRegistry } from "../../src/app/tasks/task-registry.ts";
import { DEFAULT_CONFIGURATION } from "../../src/protocol/configuration.ts";
import type { Database } from "../../src/store/database.ts";

export interface StartedDelivery {
  readonly delivery: Delivery;
  /** What the delegate was told, in order. */
  readonly told: string[];
  /** The keys of the tasks whose last event was acknowledged. */
  readonly settled: string[];
}

type Start = (
  delegate?: SessionDelegate,
  completionHandlers?: Record<string, CompletionHandler>,
  options?: Partial<DeliveryOptions>,
) => StartedDelivery;

/**
 * Returns a function that starts a new realm, which has the delegate and records what it is told. Each is stopped after
 * its test.
 */
export function useDeliveries(database: () => Database): Start {
  const deliveries: Delivery[] = [];
  afterEach(async () => {
    for (const delivery of deliveries.splice(0)) await delivery.stop();
  });
  return (delegate = {}, completionHandlers = {}, options = {}) => {
    const told: string[] = [];
    const settled: string[] = [];
    const port = {
      check: () => {},
      control: async () => {},
      resumeData: async () => undefined,
      amend: () => {},
      result: async () => ({}),
    };
    const delivery = new Delivery({
      database: database(),
      session: "session",
      delegate: {
        didFinishDownloading: (task) => void told.push(`file ${task.id}`),
        didComplete: (task) => void told.push(`complete ${task.id}`),
        ...delegate,
      },
      handlerOf: (name) => handlerIn(completionHandlers, name),
      tasks: new TaskRegistry(port),
      answer: async () => {},
      secrets: () => DEFAULT_CONFIGURATION,
      isLaunched: false,
      onOffered: () => void told.push("all offered"),
      onSettled: (key) => void settled.push(key),
      ...options,
    });
    deliveries.push(delivery);
    delivery.start();
    return { delivery, told, settled };
  };
}
