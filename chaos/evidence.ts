import type { TestServer } from "../server/server.ts";
import type { Fact, Redelivery } from "./app/journal.ts";
import type { Ledger } from "./ledger.ts";

/** What is known of a run from outside the library. */
export interface Evidence {
  readonly ledger: Ledger;
  readonly facts: readonly Fact[];
  readonly redeliveries: readonly Redelivery[];
  readonly site: TestServer;
  /** The disk was full at some time: tasks may have ended with that error. */
  readonly wasFull: boolean;
}

/** Returns the name of the transfer that a URL belongs to; tasks that continue one another share it. */
export function keyOf(url: string): string | null {
  return new URL(url, "http://localhost").searchParams.get("key");
}
