import { describe, expect, it } from "vitest";
import { taskInfoOf } from "../../../src/store/task-info-of.ts";
import { PROVED_FILE, type RowOptions, requestRecord, taskRow } from "../../support/task-row.ts";

const BODY = { ...requestRecord("https://app.test/", "POST"), body: new ArrayBuffer(5) };
const RESPONSE = { url: "", status: 200, statusText: "", redirected: false, headers: {} };

describe("what a page knows about a row", () => {
  const infoOf = (change: RowOptions) => taskInfoOf(taskRow(change));

  it("what waits for the daemon, or for the app, says so while it runs", () => {
    const hold = { asksAgain: false };
    expect(infoOf({}).activity).toBe("waiting-for-daemon");
    expect(infoOf({ hold }).activity).toBe("needs-authorization");
    for (const state of ["suspended", "completed"] as const)
      expect(infoOf({ state, hold }).activity).toBe("none");
    expect(taskInfoOf(taskRow({ hold }), { activity: "transferring" }).activity).toBe("transferring");
    expect(taskInfoOf(taskRow({ state: "suspended" }), { activity: "transferring" }).activity).toBe("none");
  });

  it("what the daemon knows is newer than the row", () => {
    const row = taskRow({ bytesReceived: 1, bytesExpected: 2, attempts: 3, response: RESPONSE });
    const live = {
      activity: "transferring",
      bytesReceived: 10,
      bytesExpected: 20,
      bytesSent: 40,
      attempts: 30,
      nextAttemptAt: 50,
      bytesPerSecond: 60,
      response: { ...RESPONSE, status: 206 },
    } as const;
    expect(taskInfoOf(row)).toMatchObject({
      ...{ bytesReceived: 1, bytesExpectedToReceive: 2, bytesSent: 0, attempts: 3, response: RESPONSE },
      ...{ nextAttemptAt: undefined, bytesPerSecond: undefined, transport: undefined },
    });
    const { activity: _, bytesExpected: bytesExpectedToReceive, ...shown } = live;
    expect(taskInfoOf(row, live)).toMatchObject({ ...shown, bytesExpectedToReceive });
  });

  it("the request has no body, and that of a task with mirrors is the app's own", () => {
    const urls = ["https://app.test/own", "https://mirror.test/"];
    const info = infoOf({ request: BODY, mirrors: { urls, at: 1, untried: 0 } });
    expect(info.request).toMatchObject({ url: "https://app.test/own", method: "POST" });
    expect(info.request).not.toHaveProperty("body");
    expect(infoOf({ url: "https://app.test/x" }).request.url).toBe("https://app.test/x");
  });

  it("the response has no body", () => {
    const { response } = infoOf({ response: { ...RESPONSE, body: new ArrayBuffer(1) } });
    expect(response).toEqual(RESPONSE);
    expect(infoOf({}).response).toBeUndefined();
  });

  it("the bytes on disk count, also those beyond a gap", () => {
    const file = { ...PROVED_FILE, ranges: [[20, 30]] as const };
    expect(infoOf({ bytesReceived: 5, file }).bytesReceived).toBe(15);
  });

  it.each<[string, RowOptions, hasBody: boolean, bytesToSend: number]>([
    ["no body", {}, false, 0],
    ["a body in the row", { request: BODY }, true, 5],
    ["a body beside the row", { hasBody: true }, true, -1],
    ["a body that is gone", { isBodyGone: true }, true, -1],
    ["an upload", { hasBody: true, upload: { sizeBytes: 7, bytesAcknowledged: 0 } }, true, 7],
    ["an upload of a form", { hasBody: true, upload: { bytesAcknowledged: 0 } }, true, -1],
  ])("%s", (_, change, hasBody, bytesExpectedToSend) => {
    expect(infoOf(change)).toMatchObject({ hasBody, bytesExpectedToSend });
  });

  it("a damaged row without a request can be shown", () => {
    const failure = { code: "storage-lost", message: "" } as const;
    const { request: _, ...row } = taskRow({ failure, file: PROVED_FILE, bytesReceived: 5 });
    expect(taskInfoOf(row as never)).toMatchObject({
      ...{ request: {}, hasBody: false, bytesExpectedToSend: 0, canResume: false },
    });
  });

  it("what the server has acknowledged of an upload was sent", () => {
    expect(infoOf({ upload: { protocol: "tus", bytesAcknowledged: 4 } })).toMatchObject({
      bytesSent: 4,
      uploadProtocol: "tus",
    });
  });

  it("the ids that it comes after, without the session", () => {
    expect(infoOf({ dependsOn: [["session", "a"]] }).dependsOn).toEqual(["a"]);
    expect(infoOf({}).dependsOn).toEqual([]);
  });
});
