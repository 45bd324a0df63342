import type { TaskRow } from "../../store/schema.ts";

/** Parsing a URL costs more than the rest of a plan, and a row is planned many times. */
const ADDRESSES = new WeakMap<TaskRow, URL>();

/** Returns the URL of a task's request, parsed once. */
export function addressOf(row: TaskRow): URL {
  const address = ADDRESSES.get(row) ?? new URL(row.request.url);
  ADDRESSES.set(row, address);
  return address;
}
