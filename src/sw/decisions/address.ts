import type { TaskRow } from "../../store/schema.ts";

type Address = Pick<URL, "host" | "origin">;

/** Parsing a URL costs more than the rest of a plan, and so does asking it for its parts; a row is planned many times. */
const ADDRESSES = new WeakMap<TaskRow, Address>();

/** Returns where the request of a task goes, parsed once. */
export function addressOf(row: TaskRow): Address {
  const known = ADDRESSES.get(row);
  if (known !== undefined) return known;
  const { host, origin } = new URL(row.request.url);
  ADDRESSES.set(row, { host, origin });
  return { host, origin };
}
