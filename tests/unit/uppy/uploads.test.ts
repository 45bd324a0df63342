import { describe, expect, it } from "vitest";
import { type BackgroundTask, SessionError, type TaskResult } from "../../../src/app/index.ts";
import { newTaskId, type Upload } from "../../../src/uppy/upload.ts";
import { Uploads } from "../../../src/uppy/uploads.ts";

type AnyUpload = Upload<Record<string, unknown>, Record<string, unknown>>;

/** Uploads whose Uppy removes a file that has succeeded, and the upload of one file that ends with a result. */
function uploadThat(result: TaskResult, onEnd: (upload: AnyUpload) => void = () => {}) {
  const uploads = new Uploads<Record<string, unknown>, Record<string, unknown>>(async (upload) => {
    onEnd(upload);
    if (result.error === undefined) uploads.remove(upload);
    else upload.failure = result.error;
  });
  const state = result.error?.code === "session-invalidated" ? "running" : "completed";
  const task = { id: newTaskId(), state, completed: Promise.resolve(result) } as BackgroundTask;
  const stored = { id: "a", taskId: task.id } as AnyUpload["stored"];
  return { uploads, task, upload: uploads.add("a", stored, task) };
}

describe("an upload", () => {
  it("is known by its file alone when it was told: its task, which may have a long response, is released", async () => {
    const { uploads, task, upload } = uploadThat({ response: new Response("long") });
    expect(uploads.ofTask(task.id)).toBe(upload);
    expect(uploads.fileOf(task.id)).toBeUndefined();
    await upload.told;
    expect(uploads.ofTask(task.id)).toBeUndefined();
    expect(uploads.fileOf(task.id)).toBe("a");
    expect([...uploads.all()]).toEqual([]);
  });

  it("is kept while the user may repeat it, and released with its file", async () => {
    const { uploads, task, upload } = uploadThat({ error: new SessionError("bad-response", "Refused.", {}) });
    await upload.told;
    expect(uploads.ofTask(task.id)).toBe(upload);
    uploads.remove(upload);
    expect(uploads.ofTask(task.id)).toBeUndefined();
    expect(uploads.fileOf(task.id)).toBe("a");
  });

  it("is kept, and nothing is told of it, when its session is over", async () => {
    const told: AnyUpload[] = [];
    const over = new SessionError("session-invalidated", "Closed.", {});
    const { uploads, task, upload } = uploadThat({ error: over }, (ended) => void told.push(ended));
    await upload.told;
    uploads.remove(upload);
    expect(told).toEqual([]);
    expect(uploads.ofTask(task.id)).toBe(upload);
  });
});
