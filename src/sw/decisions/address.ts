import type { TaskRow } from "../../store/schema.ts";

/** Parsing an address costs more than the rest of a plan, and a row is planned many times. */
const ADDRESSES = new WeakMap<TaskRow, URL>();

/** Returns the address of a task's request, parsed once. */
export function addressOf(row: TaskRow): URL {
  const address = ADDRESSES.get(row) ?? new URL(row.request.url);
  ADDRESSES.set(row, address);
  return address;
}
