import * as outbox from "../../store/outbox.ts";
import type { ParkedEvent } from "../background-session.ts";
import type { SessionCore } from "./session-core.ts";

/** Lists the events that the delegate refused too often. */
export async function parkedEvents(core: SessionCore): Promise<ParkedEvent[]> {
  core.check();
  const events = await outbox.parkedEvents(core.database, core.identifier);
  return events.map(({ eventId, type, taskKey }) => ({ eventId, type, taskKey }));
}

/** Offers them again. */
export async function retryParked(core: SessionCore): Promise<void> {
  core.check();
  const events = await outbox.parkedEvents(core.database, core.identifier);
  await outbox.unparkEvents(core.database, events);
  core.messages.delivery.release(events);
}
