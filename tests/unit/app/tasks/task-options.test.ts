import { describe, expect, it } from "vitest";
import { checkedOptions } from "../../../../src/app/tasks/checked-options.ts";
import type { UploadOptions } from "../../../../src/app/tasks/task-options.ts";

describe("checkedOptions", () => {
  it("fills in missing options", () => {
    expect(checkedOptions({}, "data")).toMatchObject({ onDuplicate: "keep", priority: 0.5 });
  });

  it.each<[string, unknown]>([
    ["id", ""],
    ["id", 5],
    ["id", "x".repeat(1025)],
    ["onDuplicate", "ignore"],
    ["description", 5],
    ["priority", 1.1],
    ["priority", -0.1],
    ["priority", Number.NaN],
    ["priority", "high"],
    ["earliestBeginDate", new Date(Number.NaN)],
    ["earliestBeginDate", "tomorrow"],
    ["completion", "done"],
    ["completion", {}],
    ["completion", { handler: "" }],
    ["completion", { handler: "done", context: () => {} }],
    ["retry", 5],
    ["retry", { limit: -1 }],
    ["retry", { unsafe: "no" }],
    ["signal", {}],
    ["countOfBytesClientExpectsToSend", -1],
    ["countOfBytesClientExpectsToReceive", 1.5],
    ["countOfBytesClientExpectsToReceive", "5"],
    ["storeCredentials", "yes"],
    ["idempotencyKey", 5],
    ["idempotencyKey", ""],
    ["protocol", ""],
    ["protocol", 3],
    ["resumeAt", "ftp://example.com/1"],
    ["resumeAt", "https://user:secret@example.com/1"],
    ["resumeAt", "https://"],
    ["resumeAt", 5],
    ["desciption", "misspelt"],
  ])("%s: %j throws a TypeError that names it and says what is allowed", (name, value) => {
    const check = () => checkedOptions({ [name]: value } as UploadOptions, "upload");
    expect(check).toThrow(TypeError);
    expect(check).toThrow(name);
    expect(check).toThrow(/must be|misspelt/);
  });

  it("copies the context in the call", () => {
    const context = { photo: { id: 7 } };
    const { completion } = checkedOptions({ completion: { handler: "sent", context } }, "upload");
    context.photo.id = 8;
    expect(completion).toEqual({ handler: "sent", context: { photo: { id: 7 } } });
  });

  it("accepts upload options for uploads only", () => {
    const options: UploadOptions = { protocol: "tus" };
    expect(checkedOptions(options, "upload").protocol).toBe("tus");
    expect(() => checkedOptions(options, "data")).toThrow(/protocol is not an option of data tasks/);
  });

  it("says where a property of the request goes, such as one of fetch's second argument", () => {
    for (const name of ["method", "headers", "body"])
      expect(() => checkedOptions({ [name]: "POST" } as never, "data")).toThrow(
        `${name} is not an option of data tasks (properties of the request go into the first argument: { url, method })`,
      );
  });

  it("says where the request of a task comes from that continues or repeats another", () => {
    const headers = (madeOf: "resumeData" | "task") => () =>
      checkedOptions({ headers: {} } as never, "download", madeOf);
    expect(headers("resumeData")).toThrow("go into the first argument: { resumeData, request }");
    expect(headers("task")).toThrow(
      "the request is that of the task which is retried, and cannot be changed",
    );
  });

  it("accepts a Date or its timestamp", () => {
    const date = new Date("2030-01-01");
    for (const earliestBeginDate of [date, date.getTime()])
      expect(checkedOptions({ earliestBeginDate }, "data").earliestBeginDate).toBe(date.getTime());
  });
});
