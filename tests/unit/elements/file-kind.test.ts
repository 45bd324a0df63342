import { describe, expect, it } from "vitest";
import type { TaskSnapshot } from "../../../src/app/index.ts";
import { type FileKind, fileKindOf } from "../../../src/elements/file-kind.ts";

interface Clues {
  readonly kind?: TaskSnapshot["kind"];
  readonly description?: string;
  readonly path?: string;
  readonly type?: string;
  /** The type of what an upload sends. */
  readonly bodyType?: string;
}

function kindOf({ kind = "download", description, path = "/files/42", type, bodyType }: Clues): FileKind {
  const response = type && { headers: { "content-type": type } };
  const currentRequest = {
    url: `https://app.test${path}`,
    headers: bodyType ? { "content-type": bodyType } : {},
  };
  return fileKindOf({ kind, description, currentRequest, response } as unknown as TaskSnapshot);
}

/** All endings and types that lead to a kind. */
const CLUES: Readonly<Record<FileKind, { readonly endings: string; readonly types: readonly string[] }>> = {
  image: { endings: "png jpg jpeg gif webp avif svg heic", types: ["image/x-any"] },
  video: { endings: "mp4 m4v webm mov mkv", types: ["video/x-any"] },
  audio: { endings: "mp3 m4a ogg opus flac wav", types: ["audio/x-any"] },
  archive: { endings: "zip gz tgz xz 7z rar tar zst", types: [] },
  document: {
    endings: "pdf txt md doc docx odt ods odp xls xlsx csv ppt pptx epub htm html",
    types: ["text/plain; charset=utf-8"],
  },
  data: { endings: "", types: [] },
  file: { endings: "bin mp33 amp3x", types: ["application/octet-stream", "x/image/png"] },
};

const rows = Object.entries(CLUES).map(([kind, clues]) => ({ kind, ...clues }));

describe("the kind of a file", () => {
  it.each(rows)(
    "$kind: by the endings of its name and its address, and by the type of its response, or of what is uploaded",
    (row) => {
      for (const ending of row.endings.split(" ").filter(Boolean)) {
        for (const name of [`name.${ending}`, `NAME.${ending.toUpperCase()}`]) {
          expect([name, kindOf({ description: name })]).toEqual([name, row.kind]);
          expect([name, kindOf({ path: `/${name}?v=1.2#top` })]).toEqual([name, row.kind]);
        }
      }
      for (const type of row.types) {
        expect([type, kindOf({ type })]).toEqual([type, row.kind]);
        expect([type, kindOf({ kind: "upload", bodyType: type })]).toEqual([type, row.kind]);
      }
    },
  );

  it("a data task moves data, whatever it is called", () => {
    expect(kindOf({ kind: "data", description: "Song.mp3", type: "image/png" })).toBe("data");
  });

  it("the name counts more than the address, and the address more than the type", () => {
    const all = { description: "a.mp3", path: "/b.mp4", type: "image/png" };
    expect(kindOf(all)).toBe("audio");
    expect(kindOf({ ...all, description: "Song" })).toBe("video");
    expect(kindOf({ ...all, description: "Song", path: "/b" })).toBe("image");
  });

  it("neither a query nor a fragment is an ending, and an upload's response says nothing of its file", () => {
    expect(kindOf({ path: "/get?name=a.mp3" })).toBe("file");
    expect(kindOf({ path: "/get#a.mp3" })).toBe("file");
    expect(kindOf({ kind: "upload", type: "text/html" })).toBe("file");
  });
});
