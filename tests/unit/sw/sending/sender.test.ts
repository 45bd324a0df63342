import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION, type StoredConfiguration } from "../../../../src/protocol/configuration.ts";
import type { TaskRow } from "../../../../src/store/schema.ts";
import { readTask } from "../../../../src/store/tasks.ts";
import type { Outcome } from "../../../../src/sw/decisions/outcome.ts";
import type { SendingTask } from "../../../../src/sw/ports/sending-task.ts";
import { sender } from "../../../../src/sw/sending/sender.ts";
import type { WillSend } from "../../../../src/sw/sending/will-send.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { insert } from "../../../support/stored.ts";
import { type RowOptions, taskRow } from "../../../support/task-row.ts";

interface Setting {
  readonly willSend?: WillSend;
  readonly row?: RowOptions;
  readonly configuration?: Partial<StoredConfiguration>;
  readonly status?: number;
  /** Address of the answer. */
  readonly answeredBy?: string;
}

describe("a request is sent as the app wants it", () => {
  const newDatabase = useDatabases();

  async function sent(
    setting: Setting = {},
    request = new Request("https://app.test/file"),
    body?: Blob | FormData,
  ) {
    const database = newDatabase();
    const { row } = await insert(database, taskRow(setting.row));
    const requests: Request[] = [];
    const errors: unknown[] = [];
    const send = sender({
      row,
      configuration: { ...DEFAULT_CONFIGURATION, ...setting.configuration },
      host: {
        database,
        origin: "https://app.test",
        now: () => 0,
        isOnline: () => true,
        freeBytes: async () => undefined,
        fetch: async (it) => {
          requests.push(it);
          const response = new Response("answer", { status: setting.status ?? 200 });
          return Object.defineProperty(response, "url", {
            value: setting.answeredBy ?? "",
            configurable: true,
          });
        },
      },
      willSend: setting.willSend,
      onHookError: (error) => void errors.push(error),
    });
    const result = await send(request, body);
    const stored = (await readTask(database, row.session, row.key)) as TaskRow;
    return { result, requests, errors, stored };
  }

  it("as it is, if there is no hook or the hook returns nothing", async () => {
    for (const setting of [{}, { willSend: () => undefined }, { willSend: async (it: Request) => it }]) {
      const request = new Request("https://app.test/file");
      const { result, requests } = await sent(setting, request);
      expect(requests).toEqual([request]);
      expect((result as Response).status).toBe(200);
    }
  });

  it("with headers of the hook, which replace those of the same name", async () => {
    const request = new Request("https://app.test/", { headers: { "x-a": "1", authorization: "old" } });
    for (const headers of [{ Authorization: "new" }, new Headers({ authorization: "new" })]) {
      const { requests } = await sent({ willSend: () => headers }, request);
      expect(Object.fromEntries(requests[0]?.headers ?? [])).toEqual({ "x-a": "1", authorization: "new" });
    }
  });

  it("another one instead, which the daemon can still abort", async () => {
    const controller = new AbortController();
    const request = new Request("https://app.test/", { signal: controller.signal });
    const { requests } = await sent({ willSend: () => new Request("https://signed.test/?key=1") }, request);
    expect(requests.map(({ url }) => url)).toEqual(["https://signed.test/?key=1"]);
    controller.abort();
    expect(requests[0]?.signal.aborted).toBe(true);
  });

  it("another one instead carries the task's body, with the boundary of the form that is sent", async () => {
    const form = new FormData();
    form.set("photo", new File(["bytes"], "photo.jpg"));
    for (const body of [new Blob(["bytes"], { type: "image/jpeg" }), form]) {
      for (const make of [
        (request: Request) => new Request("https://signed.test/?key=1", request),
        () => new Request("https://signed.test/?key=1", { method: "PUT" }),
      ]) {
        const request = new Request("https://app.test/", { method: "PUT", body });
        const { requests } = await sent({ willSend: make }, request, body);
        const [it] = requests as [Request];
        expect([it.url, it.method]).toEqual(["https://signed.test/?key=1", "PUT"]);
        if (body instanceof Blob)
          expect([await it.text(), it.headers.get("content-type")]).toEqual(["bytes", "image/jpeg"]);
        else expect(await ((await it.formData()).get("photo") as File).text()).toBe("bytes");
      }
    }
  });

  it("another one that cannot carry the body is an error of the hook: nothing is sent without it", async () => {
    const body = new Blob(["bytes"]);
    const request = new Request("https://app.test/", { method: "POST", body });
    const { result, requests, errors } = await sent(
      { willSend: () => new Request("https://signed.test/") },
      request,
      body,
    );
    expect([(result as Outcome).kind, requests, errors.length]).toEqual(["unusable", [], 1]);
  });

  it("the stored answer has the URL of the app, without what the hook added", async () => {
    const url = "https://signed.test/file?key=secret";
    const hooked = await sent({ willSend: () => new Request(url), answeredBy: url });
    expect((hooked.result as Response).url).toBe("https://signed.test/file");
    const own = "https://app.test/file?page=1";
    const setting = { willSend: () => ({ "x-a": "1" }), answeredBy: own, row: { url: own } };
    const plain = await sent(setting, new Request(own));
    expect((plain.result as Response).url).toBe(own);
  });

  it("not at all if the hook says so, or throws", async () => {
    const wait = await sent({ willSend: () => "wait" });
    expect([wait.result, wait.requests]).toEqual([{ kind: "withheld", asksAgain: true }, []]);
    const cancel = await sent({ willSend: async () => "cancel" as const });
    expect(cancel.result).toMatchObject({ kind: "failed", failure: { code: "cancelled" } });
    const error = new Error("no token");
    const thrown = await sent({
      willSend: () => {
        throw error;
      },
    });
    expect([thrown.result, thrown.requests, thrown.errors]).toEqual([
      { kind: "withheld", asksAgain: true },
      [],
      [error],
    ]);
  });

  it("the hook sees the task, and cannot change it", async () => {
    const seen: SendingTask[] = [];
    const context = { user: "ada" };
    const row = { id: "photo", kind: "upload", completion: { handler: "sent", context } } as const;
    await sent({ row, willSend: (_, task) => void seen.push(task) });
    expect(seen).toMatchObject([
      {
        session: "session",
        id: "photo",
        kind: "upload",
        context,
        attempts: 0,
        originalRequest: { url: "https://app.test/file", method: "GET" },
      },
    ]);
    expect(seen[0]?.context).not.toBe(context);
  });

  it.each<[string, Setting, unknown]>([
    ["of the task", { row: { waitStatuses: [401] } }, { kind: "withheld", status: 401, asksAgain: false }],
    [
      "of the session",
      { configuration: { waitStatuses: [401] } },
      { kind: "withheld", status: 401, asksAgain: false },
    ],
    [
      "with a hook that may have news",
      { configuration: { waitStatuses: [401] }, willSend: () => undefined },
      { kind: "withheld", status: 401, asksAgain: true },
    ],
  ])("an answer with one of the waitStatuses is none: %s", async (_, setting, outcome) => {
    expect((await sent({ ...setting, status: 401 })).result).toEqual(outcome);
  });

  it("those of the task override those of the session", async () => {
    const setting = { row: { waitStatuses: [] }, configuration: { waitStatuses: [401] }, status: 401 };
    expect((await sent(setting)).result).toBeInstanceOf(Response);
  });

  it("what must not be sent twice is marked only when it is really sent", async () => {
    const row = { method: "POST", retry: { limit: 1, unsafe: false } };
    expect((await sent({ row, willSend: () => "wait" })).stored.isSent).toBeUndefined();
    expect((await sent({ row, willSend: () => undefined })).stored.isSent).toBe(true);
    const again = await sent({ row: { ...row, isSent: true } });
    expect([again.result, again.requests]).toMatchObject([{ kind: "unanswered" }, []]);
  });
});
