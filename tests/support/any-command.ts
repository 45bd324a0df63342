import fc from "fast-check";
import { type CarriedTask, TRANSPORT_REASONS } from "../../src/protocol/background-fetch.ts";
import type { Command } from "../../src/protocol/commands.ts";
import { DISPOSITIONS } from "../../src/protocol/questions.ts";

const session = fc.string({ minLength: 1, maxLength: 256 });
const key = fc.string({ minLength: 1, maxLength: 1024 });
const versions = fc.record({ min: fc.integer(), max: fc.integer() });

const carriedTask: fc.Arbitrary<CarriedTask> = fc.record(
  { session, key, start: fc.maxSafeNat(), fileId: key, reason: fc.constantFrom(...TRANSPORT_REASONS) },
  { requiredKeys: ["session", "key", "start", "reason"] },
);

/** Every command that a page may send. */
export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  fc.record(
    { type: fc.constant("hello" as const), versions, session },
    { requiredKeys: ["type", "versions"] },
  ),
  fc.record({ type: fc.constant("inserted" as const), session, keys: fc.array(key) }),
  fc.record({
    type: fc.constant("answer" as const),
    session,
    key,
    eventId: fc.uuid(),
    answer: fc.record({ disposition: fc.constantFrom(...DISPOSITIONS) }),
  }),
  fc.record(
    {
      type: fc.constant("control" as const),
      session,
      key,
      action: fc.constantFrom("resume", "suspend", "cancel", "cancel-resumably"),
      reason: key,
    },
    { requiredKeys: ["type", "session", "key", "action"] },
  ),
  fc.record(
    {
      type: fc.constant("prioritize" as const),
      session,
      key,
      priority: fc.double({ min: 0, max: 1, noNaN: true }),
      description: fc.string(),
    },
    { requiredKeys: ["type", "session", "key"] },
  ),
  fc.record({ type: fc.constant("configured" as const), session }),
  fc.record({ type: fc.constant("delete-session" as const), session }),
  fc.record({
    type: fc.constant("fetch-started" as const),
    id: fc.uuid().map((uuid) => `background-session:${uuid}`),
    tasks: fc.array(carriedTask, { minLength: 1, maxLength: 5 }),
  }),
  fc.record(
    {
      type: fc.constant("presence" as const),
      isVisible: fc.boolean(),
      hasNetworkReturned: fc.boolean(),
      isLeaving: fc.boolean(),
      owns: fc.array(session),
      page: key,
    },
    { requiredKeys: ["type", "isVisible", "hasNetworkReturned", "isLeaving", "owns"] },
  ),
);
