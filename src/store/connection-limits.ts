import { DEFAULT_CONFIGURATION, type StoredConfiguration } from "../protocol/configuration.ts";
import type { TaskRow } from "./schema.ts";

/** While a page is visible, it keeps two of the six connections that a browser opens to an HTTP/1.1 host. */
export const LONG_TRANSFERS_WHILE_VISIBLE = 4;
/** For all sessions together: each transfer holds up to 128 MiB that are not yet on disk. */
export const LONG_TRANSFERS = 16;
export const CONNECTIONS = 64;

/** An upload in one request with a body of up to this size is as short as a data task, for a host that multiplexes. */
export const SHORT_BYTES: number = 256 * 1024;

/** Whether a task is short for a host that multiplexes, which gets many of them at once. */
export function isShort({ kind, upload }: TaskRow): boolean {
  const { protocol, sizeBytes = Infinity } = upload ?? {};
  return kind === "data" || (protocol === undefined && sizeBytes <= SHORT_BYTES);
}

/** An app that spares its server spares it on any protocol: its limit holds for long and short ones together. */
export function hasOneLimit(
  configuration: Pick<
    StoredConfiguration,
    "httpMaximumConnectionsPerHost" | "httpMaximumConnectionsPerMultiplexedHost"
  >,
): boolean {
  const { httpMaximumConnectionsPerHost: limit } = configuration;
  return (
    configuration.httpMaximumConnectionsPerMultiplexedHost === 0 &&
    limit !== DEFAULT_CONFIGURATION.httpMaximumConnectionsPerHost
  );
}
