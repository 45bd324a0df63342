import Uppy from "@uppy/core";
import { describe, expect, it } from "vitest";
import { bodyOf } from "../../../src/uppy/body-of.ts";

const OPTIONS = { session: "photos", endpoint: "/photos" };

function fileOf(data: Blob, name = "a.png", meta: Record<string, unknown> = {}) {
  const uppy = new Uppy();
  return uppy.getFile(uppy.addFile({ name, data, meta }));
}

describe("the body of an upload", () => {
  it("is the file, with the type that Uppy knows by its name", () => {
    const data = new Blob(["photo"]);
    const [body, options] = bodyOf(fileOf(data), OPTIONS);
    expect(body).toMatchObject({ size: 5, type: "image/png" });
    expect(options).toEqual({});
    const typed = new Blob(["photo"], { type: "image/png" });
    expect(bodyOf(fileOf(typed), OPTIONS)[0]).toBe(typed);
  });

  it("has the allowed meta fields as strings beside it with tus", () => {
    const file = fileOf(new Blob(["photo"]), "a.png", { album: 7, secret: "x", nothing: undefined });
    const all = { filename: "a.png", filetype: "image/png", name: "a.png", type: "image/png" };
    expect(bodyOf(file, { ...OPTIONS, protocol: "tus" })[1]).toEqual({
      metadata: { ...all, album: "7", secret: "x" },
    });
    const some = bodyOf(file, { ...OPTIONS, protocol: "tus", allowedMetaFields: ["album", "absent"] });
    expect(some[1]).toEqual({ metadata: { album: "7" } });
    const named = bodyOf(file, { ...OPTIONS, protocol: "tus", allowedMetaFields: ["name"] });
    expect(named[1]).toEqual({ metadata: { filename: "a.png", name: "a.png" } });
    const none = bodyOf(file, { ...OPTIONS, protocol: "tus", allowedMetaFields: false });
    expect(none[1]).toEqual({ metadata: {} });
  });

  it("has the allowed meta fields beside it with S3 and an app's own protocol, and none with IETF", () => {
    const file = fileOf(new Blob(["photo"]), "a.png", { album: 7, secret: "x" });
    const besideWith = (protocol: string) =>
      bodyOf(file, { ...OPTIONS, protocol, allowedMetaFields: ["album"] })[1];
    expect(["s3", "mine", "ietf"].map(besideWith)).toEqual([
      { metadata: { album: "7" } },
      { metadata: { album: "7" } },
      {},
    ]);
  });

  it("is a form, with the file last", () => {
    const file = fileOf(new Blob(["photo"]), "a.png", { album: 7 });
    const options = { ...OPTIONS, formData: true, fieldName: "photo", allowedMetaFields: ["album"] };
    const [form] = bodyOf(file, options);
    const fields = [...(form as FormData)];
    expect(fields.map(([name]) => name)).toEqual(["album", "photo"]);
    expect(fields[0]?.[1]).toBe("7");
    expect(fields[1]?.[1]).toMatchObject({ name: "a.png", type: "image/png", size: 5 });
  });

  it("has each element of a list in the form, and a Blob as it is", () => {
    const file = fileOf(new Blob(["photo"]), "a.png", { tags: ["sea", "sun"], cover: new Blob(["c"]) });
    const [form] = bodyOf(file, { ...OPTIONS, formData: true, allowedMetaFields: ["tags", "cover"] });
    expect((form as FormData).getAll("tags")).toEqual(["sea", "sun"]);
    expect((form as FormData).get("cover")).toBeInstanceOf(Blob);
  });

  it("throws for a file whose bytes are not here, and says what to do", () => {
    const file = fileOf(new Blob(["photo"]));
    expect(() => bodyOf({ ...file, isRestored: true }, OPTIONS)).toThrow(/"a.png" is not .* add it again/);
    const remote = { ...file, isRemote: true, remote: {}, source: "GoogleDrive" };
    expect(() => bodyOf(remote as never, OPTIONS)).toThrow(/with GoogleDrive.*@uppy\/tus/);
  });
});
