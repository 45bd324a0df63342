import type { TaskSnapshot } from "../app/index.ts";

export type FileKind = "image" | "video" | "audio" | "archive" | "document" | "data" | "file";

/** Endings of names, and types. */
const KINDS: readonly (readonly [FileKind, RegExp])[] = [
  ["image", /^image\/|\.(png|jpe?g|gif|webp|avif|svg|heic)$/i],
  ["video", /^video\/|\.(mp4|m4v|webm|mov|mkv)$/i],
  ["audio", /^audio\/|\.(mp3|m4a|ogg|opus|flac|wav)$/i],
  ["archive", /\.(zip|gz|tgz|xz|7z|rar|tar|zst)$/i],
  ["document", /^text\/|\.(pdf|txt|md|docx?|od[tsp]|xlsx?|csv|pptx?|epub|html?)$/i],
];

/** Returns what kind of file a task moves: by its names, then by the type of its response, or of the body of an upload. */
export function fileKindOf({ kind, description = "", currentRequest, response }: TaskSnapshot): FileKind {
  if (kind === "data") return "data";
  const path = currentRequest.url.replace(/[?#].*$/, "");
  const { headers } = (kind === "download" && response) || currentRequest;
  for (const clue of [description, path, headers["content-type"] ?? ""]) {
    const found = KINDS.find(([, pattern]) => pattern.test(clue));
    if (found !== undefined) return found[0];
  }
  return "file";
}
