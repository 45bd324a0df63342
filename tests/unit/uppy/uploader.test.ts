import Uppy from "@uppy/core";
import { describe, expect, it } from "vitest";
import { BackgroundSessionUploader } from "../../../src/uppy/index.ts";

/** An Uppy whose session cannot be opened, since this is not a browser, and what it emits. */
function uppyOnServer() {
  const told: string[] = [];
  const uppy = new Uppy({ logger: { debug: () => {}, warn: () => {}, error: () => {} } });
  uppy.use(BackgroundSessionUploader, { session: "photos", endpoint: "/photos" });
  uppy.on("upload-start", (files) => void told.push(`start ${files.map(({ name }) => name)}`));
  uppy.on("upload-progress", (file, { bytesUploaded }) => {
    told.push(`progress ${file?.name} ${bytesUploaded}`);
  });
  uppy.on(
    "upload-error",
    (file, { message }) => void told.push(`error ${file?.name} ${message.slice(0, 20)}`),
  );
  uppy.on("complete", ({ successful, failed }) => {
    told.push(`complete ${successful?.length} ${failed?.length}`);
  });
  return { uppy, told };
}

describe("an Uppy whose session cannot be opened", () => {
  it("is told the reason for each file, in Uppy's order, and upload() does not reject", async () => {
    const { uppy, told } = uppyOnServer();
    for (const name of ["a.png", "b.png"]) uppy.addFile({ name, data: new Blob(["photo"]) });
    await uppy.upload();
    const reason = expect.stringMatching(/^error a.png \S/);
    expect(told).toEqual([
      "start a.png,b.png",
      "progress a.png 0",
      "progress b.png 0",
      reason,
      expect.stringMatching(/^error b.png \S/),
      "complete 0 2",
    ]);
  });

  it("may retry", async () => {
    const { uppy, told } = uppyOnServer();
    uppy.addFile({ name: "a.png", data: new Blob(["photo"]) });
    await uppy.upload();
    await uppy.retryAll();
    expect(told.filter((event) => event.startsWith("complete"))).toEqual(["complete 0 1", "complete 0 1"]);
  });
});

describe("the uploader", () => {
  it("says that uploads can be resumed as long as it is installed", () => {
    const { uppy } = uppyOnServer();
    expect(uppy.getState().capabilities.resumableUploads).toBe(true);
    const plugin = uppy.getPlugin("BackgroundSessionUploader");
    if (plugin !== undefined) uppy.removePlugin(plugin);
    expect(uppy.getState().capabilities.resumableUploads).toBe(false);
  });

  it("throws a TypeError that names the option which is missing", () => {
    const uppy = new Uppy();
    expect(() => uppy.use(BackgroundSessionUploader, { endpoint: "/photos" } as never)).toThrow(/"session"/);
    expect(() => uppy.use(BackgroundSessionUploader, { session: "photos" } as never)).toThrow(/"endpoint"/);
    expect(() => uppy.use(BackgroundSessionUploader, undefined as never)).toThrow(TypeError);
  });

  it("has an id of its own if it is told so", () => {
    const uppy = new Uppy().use(BackgroundSessionUploader, { id: "up", session: "photos", endpoint: "/" });
    expect(uppy.getPlugin("up")).toBeInstanceOf(BackgroundSessionUploader);
  });
});
