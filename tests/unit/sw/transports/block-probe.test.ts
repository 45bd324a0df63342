import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import { readTask } from "../../../../src/store/tasks.ts";
import { attemptAt } from "../../../../src/sw/attempt.ts";
import { fetchTransport } from "../../../../src/sw/transports/fetch-transport.ts";
import type { WillSend } from "../../../../src/sw/will-send.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { insert } from "../../../support/stored.ts";
import { taskRow } from "../../../support/task-row.ts";

describe("a request that failed across origins", () => {
  const newDatabase = useDatabases();

  /** The host can be reached, and the browser forbids the answers. */
  async function failed(url: string, willSend?: WillSend, silenceSeconds?: number) {
    const database = newDatabase();
    const { row } = await insert(database, taskRow({ url }));
    const requests: string[] = [];
    const run = attemptAt({
      row,
      configuration: { ...DEFAULT_CONFIGURATION, timeoutIntervalForRequest: silenceSeconds ?? 60 },
      host: {
        database,
        origin: "https://app.test",
        now: () => Date.now(),
        isOnline: () => true,
        freeBytes: async () => undefined,
        fetch: async ({ url, mode, credentials, headers, signal }) => {
          requests.push([mode, credentials, url, ...headers.keys()].join(" "));
          if (mode === "no-cors") return new Response();
          if (silenceSeconds !== undefined)
            await new Promise((resolve) => signal.addEventListener("abort", resolve));
          throw new TypeError("Failed to fetch");
        },
      },
      willSend,
      onHookError: () => {},
      limit: () => undefined,
      signal: new AbortController().signal,
      connections: 1,
      keepConnections: () => {},
      report: () => {},
      reportResumed: () => {},
    });
    const outcome = await fetchTransport(run);
    return { requests, outcome, stored: JSON.stringify(await readTask(database, row.session, row.key)) };
  }

  it("is suspected to be blocked where its host can be reached", async () => {
    const { requests, outcome } = await failed("https://else.test/file");
    expect(requests).toEqual([
      "cors same-origin https://else.test/file",
      "no-cors omit https://else.test/file",
    ]);
    expect(outcome).toMatchObject({ kind: "unanswered", isSuspectedBlock: true });
  });

  it("is looked into where the app's hook has sent it, with nothing else of the hook, and not where it was not sent", async () => {
    const { requests, outcome, stored } = await failed(
      "https://app.test/file",
      (request) =>
        new Request(`${request.url.replace("app", "signed")}?key=1`, { headers: { "x-token": "1" } }),
    );
    expect(requests).toEqual([
      "cors same-origin https://signed.test/file?key=1 x-token",
      "no-cors omit https://signed.test/file?key=1",
    ]);
    expect(outcome).toMatchObject({ kind: "unanswered", isSuspectedBlock: true });
    expect(stored).not.toContain("signed");
  });

  it("that was only silent for too long is not looked into", async () => {
    const { requests, outcome } = await failed("https://else.test/file", undefined, 0.02);
    expect(requests).toHaveLength(1);
    expect(outcome).toMatchObject({ kind: "unanswered", isSuspectedBlock: false });
  });

  it("that the hook held back is not looked into: nothing goes out", async () => {
    const { requests, outcome } = await failed("https://else.test/file", () => "wait");
    expect([requests, outcome.kind]).toEqual([[], "withheld"]);
  });
});
