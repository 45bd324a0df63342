import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import { readTask } from "../../../../src/store/tasks.ts";
import { attemptAt } from "../../../../src/sw/sending/attempt.ts";
import type { WillSend } from "../../../../src/sw/sending/will-send.ts";
import { diagnoseSilence, type Finding } from "../../../../src/sw/transports/block-probe.ts";
import { fetchTransport } from "../../../../src/sw/transports/fetch-transport.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { insert } from "../../../support/stored.ts";
import { taskRow } from "../../../support/task-row.ts";

describe("a request that failed across origins", () => {
  const newDatabase = useDatabases();

  /** The host can be reached, but the browser withholds its answers. */
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

  it("is suspected to be blocked if its host can be reached", async () => {
    const { requests, outcome } = await failed("https://else.test/file");
    expect(requests).toEqual([
      "cors same-origin https://else.test/file",
      "no-cors omit https://else.test/file",
    ]);
    expect(outcome).toMatchObject({ kind: "unanswered", isSuspectedBlock: true });
  });

  it("is probed at the URL that the app's hook chose, with nothing else from the hook, and not at its own URL", async () => {
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

  it("that was only silent for too long is not probed", async () => {
    const { requests, outcome } = await failed("https://else.test/file", undefined, 0.02);
    expect(requests).toHaveLength(1);
    expect(outcome).toMatchObject({ kind: "unanswered", isSuspectedBlock: false });
  });

  it("that the hook sent to a port that browsers refuse ends", async () => {
    const { outcome } = await failed("https://app.test/file", () => new Request("https://app.test:6667/"));
    expect(outcome).toMatchObject({
      kind: "failed",
      failure: { code: "unsupported-url", message: expect.stringContaining("port 6667") },
    });
  });

  it("that the hook held back is not probed: nothing is sent", async () => {
    const { requests, outcome } = await failed("https://else.test/file", () => "wait");
    expect([requests, outcome.kind]).toEqual([[], "withheld"]);
  });
});

describe("the probes for a request that got no answer, and what their answers mean", () => {
  const newDatabase = useDatabases();
  const HOME = "https://app.test/file";
  const ABROAD = "https://else.test/file";

  /** How a probe is answered: by the type of its answer, or not at all. */
  type Answer = "basic" | "redirected" | "opaque" | "opaqueredirect" | "405" | undefined;
  type Row = Parameters<typeof taskRow>[0];

  async function look(
    url: string,
    answers: Record<string, Answer>,
    options: Row = {},
    isResuming = false,
    init: RequestInit = {},
  ) {
    const database = newDatabase();
    const { row } = await insert(database, taskRow({ url, ...options }));
    const asked: string[] = [];
    const credentialsOf = new Set<string>();
    const run = attemptAt({
      row,
      configuration: DEFAULT_CONFIGURATION,
      host: {
        database,
        origin: "https://app.test",
        now: () => 0,
        isOnline: () => true,
        freeBytes: async () => undefined,
        fetch: async ({ method, redirect, headers, credentials }) => {
          credentialsOf.add(credentials);
          asked.push([method, redirect, ...headers.keys()].join(" "));
          const answer = answers[`${method} ${redirect}`];
          if (answer === undefined) throw new TypeError("Failed to fetch");
          const type = answer === "405" || answer === "redirected" ? "basic" : answer;
          const response = new Response(null, { status: answer === "405" ? 405 : 200 });
          Object.defineProperty(response, "type", { value: type });
          return Object.defineProperty(response, "redirected", { value: answer === "redirected" });
        },
      },
      willSend: undefined,
      onHookError: () => {},
      connections: 1,
      keepConnections: () => {},
      limit: () => undefined,
      signal: new AbortController().signal,
      report: () => {},
      reportResumed: () => {},
    });
    const headers = { "x-token": "1", "idempotency-key": "key" };
    const finding = await diagnoseSilence(run, new Request(url, { headers, ...init }), isResuming);
    return { finding, asked, credentials: [...credentialsOf] };
  }

  /** After this many attempts in a row without an answer. */
  const waiting = (tries: number): Row => ({
    backoff: { since: 0, tries, jitter: 0, floorMs: 0, isUnanswered: true },
  });

  it.each<[string, Record<string, Answer>, Finding]>([
    ["down", {}, "silent"],
    ["there, with an answer that could be read", { "HEAD manual": "basic" }, "silent"],
    ["there, without HEAD", { "HEAD manual": "405", "GET manual": "basic" }, "silent"],
    [
      "a redirect abroad",
      { "HEAD manual": "opaqueredirect", "HEAD follow": "opaque" },
      "redirected-to-blocked",
    ],
    [
      "a redirect abroad, without HEAD",
      { "HEAD manual": "405", "GET manual": "opaqueredirect", "GET follow": "opaque" },
      "redirected-to-blocked",
    ],
    [
      "a redirect at our own origin",
      { "HEAD manual": "opaqueredirect", "HEAD follow": "redirected" },
      "silent",
    ],
    ["a redirect to nowhere", { "HEAD manual": "opaqueredirect" }, "dead-end"],
    [
      "a redirect for those with a token alone",
      { "HEAD manual": "opaqueredirect", "HEAD follow": "basic" },
      "dead-end",
    ],
  ])("the own server: %s", async (_, answers, finding) => {
    expect((await look(HOME, answers, waiting(1))).finding).toBe(finding);
  });

  it.each<[string, Record<string, Answer>, Finding]>([
    ["down", {}, "silent"],
    ["there", { "HEAD follow": "opaque" }, "blocked"],
    ["a redirect to nowhere that may be read", { "HEAD manual": "opaqueredirect" }, "dead-end"],
  ])("another server: %s", async (_, answers, finding) => {
    expect((await look(ABROAD, answers)).finding).toBe(finding);
  });

  it("a resume is suspected if its server is up, also at our own origin", async () => {
    expect((await look(HOME, { "HEAD manual": "basic" }, {}, true)).finding).toBe("blocked");
  });

  it("our own server gets the app's headers without its key, another server gets none", async () => {
    expect((await look(HOME, {}, waiting(1))).asked).toEqual(["HEAD manual x-token"]);
    expect((await look(ABROAD, {})).asked).toEqual(["HEAD follow", "HEAD manual"]);
  });

  it("cookies are sent only to our own server, and not if the task sends none", async () => {
    expect((await look(HOME, {}, waiting(1))).credentials).toEqual(["same-origin"]);
    const omit = { credentials: "omit" } as const;
    expect((await look(HOME, {}, waiting(1), false, omit)).credentials).toEqual(["omit"]);
    const include = { credentials: "include" } as const;
    expect((await look(ABROAD, {}, {}, false, include)).credentials).toEqual(["omit"]);
  });

  it("a server is not probed at every attempt forever", async () => {
    const lookedAfter = async (url: string): Promise<number[]> => {
      const looks = Array.from({ length: 40 }, (_, tries) =>
        look(url, {}, tries === 0 ? {} : waiting(tries)),
      );
      const all = await Promise.all(looks);
      return all.flatMap(({ asked }, tries) => (asked.length > 0 ? [tries] : []));
    };
    expect(await lookedAfter(HOME)).toEqual([1, 2, 3, 8, 16, 24, 32]);
    expect(await lookedAfter(ABROAD)).toEqual([0, 1, 2, 3, 8, 16, 24, 32]);
  });

  it("a suspected request is probed until it is certain", async () => {
    expect((await look(ABROAD, {}, { ...waiting(9), suspectedBlocks: 1 })).asked).not.toEqual([]);
  });
});
