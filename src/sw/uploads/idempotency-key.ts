import type { TaskRow } from "../../store/schema.ts";

/** Returns the key, the app's or ours. Only the request that makes the whole has it: the server would replay others. */
export function idempotencyKeyOf({ request, idempotencyKey }: TaskRow): Record<string, string> {
  const key = idempotencyKey ?? request.headers["idempotency-key"];
  return key === undefined ? {} : { "idempotency-key": key };
}
