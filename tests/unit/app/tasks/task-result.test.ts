import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readResult, responseOf, type TaskResult } from "../../../../src/app/tasks/task-result.ts";
import type { ResponseRow } from "../../../../src/store/schema.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { casesOf } from "../../../support/fuzz.ts";
import { type RowOptions, taskRow } from "../../../support/task-row.ts";

const HEAD: ResponseRow = {
  url: "https://app.test/file",
  status: 200,
  statusText: "OK",
  headers: { "content-type": "audio/mpeg", "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT" },
  redirected: true,
};

describe("readResult", () => {
  const newDatabase = useDatabases();

  function resultOf(options: RowOptions): Promise<TaskResult> {
    return readResult(newDatabase(), taskRow({ state: "completed", live: undefined, ...options }));
  }

  async function nameFor(url: string): Promise<string | undefined> {
    return (await resultOf({ response: { ...HEAD, url } })).file?.name;
  }

  it("returns a file with the server's type and date for a download", async () => {
    const { file, error } = await resultOf({ response: HEAD });
    expect(file).toMatchObject({ name: "file", type: "audio/mpeg", lastModified: 1_445_412_480_000 });
    expect(error).toBeUndefined();
  });

  it("returns only the error, with its task, for a failure", async () => {
    const failure = { code: "blocked", message: "no" } as const;
    const { file, error } = await resultOf({ id: "mine", failure });
    expect(file).toBeUndefined();
    expect(error).toMatchObject({ code: "blocked", taskId: "mine", identifier: "session" });
  });

  it("returns the response with its body for a data task", async () => {
    const body = new TextEncoder().encode('{"a":1}').buffer as ArrayBuffer;
    const { response } = await resultOf({ kind: "data", response: { ...HEAD, status: 404, body } });
    expect(response).toMatchObject({ status: 404, ok: false, url: HEAD.url, redirected: true });
    expect(await response?.json()).toEqual({ a: 1 });
  });

  it("returns the answer with its body for a failed upload", async () => {
    const failure = { code: "bad-response", message: "no" } as const;
    const body = new TextEncoder().encode("not here").buffer as ArrayBuffer;
    const response = { ...HEAD, status: 404, body };
    const result = await resultOf({ kind: "upload", failure, response });
    expect([result.error?.code, result.response?.status]).toEqual(["bad-response", 404]);
    expect(await result.response?.text()).toBe("not here");
  });

  it("rejects with storage-lost if bytes are missing, and says how many", async () => {
    const file = { fileId: "gone/0", isTotalSure: true, isSameOrigin: true };
    const result = resultOf({ response: HEAD, file, bytesReceived: 77 });
    await expect(result).rejects.toMatchObject({ code: "storage-lost", message: /77 of 77/ });
  });

  it.each([
    ["https://a.test/music/song.mp3?token=1#x", "song.mp3"],
    ["https://a.test/", "download"],
    ["", "download"],
    ["https://a.test/%2e%2e%2fetc%2fpasswd", "_etc_passwd"],
    ["https://a.test/a%5Cb.txt", "a_b.txt"],
    ["https://a.test/.htaccess", "htaccess"],
    ["https://a.test/%00%0A.txt", "__.txt"],
    ["https://a.test/%E2%82%AC.txt", "€.txt"],
    ["https://a.test/%zz.txt", "%zz.txt"],
    ["https://a.test/C%3A%5Cboot.ini", "C__boot.ini"],
    ["https://a.test/folder/", "folder"],
    // A right-to-left override shows its end before its middle: this is no picture.
    ["https://a.test/photo%E2%80%AEgnp.exe", "photo_gnp.exe"],
    [`https://a.test/${"x".repeat(300)}`, "x".repeat(255)],
  ])("%s is called %s", async (url, name) => {
    expect(await nameFor(url)).toBe(name);
  });

  it("a name is never a path, for any address", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        const name = await nameFor(`https://a.test/${encodeURIComponent(text)}`);
        expect(name).toMatch(/^[^/\\:*?"<>|]{1,255}$/);
        expect(name?.startsWith(".")).toBe(false);
      }),
      { numRuns: casesOf(200) },
    );
  });
});

describe("responseOf", () => {
  // A worker that passed a stored 422 to `respondWith` answered 200, and a Cache kept a 404 as a 200.
  it.each([204, 404, 599])("%d is the status for a Cache and for a clone, too", (status) => {
    expect(responseOf({ ...HEAD, status }, null).clone().status).toBe(status);
  });

  it.each([101, 999])("%d, which no script can give, is the status that is shown", (status) => {
    expect(responseOf({ ...HEAD, status }, null).status).toBe(status);
  });

  it.each([101, 204, 205, 304])("%d has no body, as on the network", (status) => {
    expect(responseOf({ ...HEAD, status }, "x").body).toBeNull();
  });

  it.each([
    [200, true],
    [299, true],
    [199, false],
    [300, false],
    [404, false],
    [0, false],
  ])("%d: ok is %s", (status, ok) => {
    expect(responseOf({ ...HEAD, status }, null)).toMatchObject({ status, ok });
  });
});
