import type { TaskRow } from "../../store/schema.ts";

type Address = Pick<URL, "host" | "origin">;

/** Most URLs as the platform writes them. To parse one costs more than the rest of a plan, which looks at each task. */
const AS_WRITTEN = /^(https?:\/\/([^/@:A-Z]+(?::(?!80\/|443\/)[1-9]\d*)?))\//;

/** Returns where the request of a task goes. */
export function addressOf({ request: { url } }: TaskRow): Address {
  const [, origin, host] = AS_WRITTEN.exec(url) ?? [];
  return origin === undefined || host === undefined ? new URL(url) : { origin, host };
}
