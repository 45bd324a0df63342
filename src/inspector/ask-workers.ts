import {
  type INSPECTION,
  type Inspection,
  inspectionChannelOf,
  type LISTENING,
} from "../protocol/inspection.ts";
import { namesOf } from "../protocol/names.ts";

/** A worker that runs answers much sooner. */
const ANSWER_MS = 300;

/** What the running workers of a scope say of themselves. */
export interface Said {
  /** The one that runs transfers. */
  readonly daemon?: Inspection;
  readonly active?: Partial<Inspection>;
  readonly waiting?: Partial<Inspection>;
}

/** `LISTENING` is also told of the next line of the log. */
export type Question = typeof INSPECTION | typeof LISTENING;

/**
 * Asks the running workers of a scope. One that is stopped says nothing: a broadcast does not start it.
 * @param hasNext a worker waits to take over: its answer is waited for, too
 */
export function askWorkers(scope: string, question: Question, hasNext: boolean): Promise<Said> {
  const channel = new BroadcastChannel(inspectionChannelOf(namesOf(scope)));
  let said: Said = {};
  return new Promise<Said>((resolve) => {
    channel.onmessage = ({ data }) => {
      // Other inspectors ask on the same channel.
      if (Array.isArray(data?.activities)) said = { ...said, daemon: data, active: data };
      // After an update the active one gives up the lock for some seconds. In Firefox it is not known which one says so.
      else if (data?.library) said = { ...said, [/^activ/.test(data.state) ? "active" : "waiting"]: data };
      if (said.daemon && (!hasNext || said.waiting)) resolve(said);
    };
    setTimeout(() => resolve(said), ANSWER_MS);
    channel.postMessage(question);
  }).finally(() => channel.close());
}
