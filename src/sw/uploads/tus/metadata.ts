import type { TaskRow } from "../../../store/schema.ts";

/** Returns the value of `Upload-Metadata`: the name and type of the file, and the metadata of the app. */
export function metadataOf({ request, upload }: TaskRow, body: Blob): string {
  const type = request.headers["content-type"] ?? body.type;
  const metadata: Record<string, string> = {
    ...(body instanceof File && body.name !== "" && { filename: body.name }),
    ...(type !== "" && { filetype: type }),
    ...upload?.metadata,
  };
  return Object.entries(metadata)
    .map(([name, value]) => `${name} ${base64(value)}`.trim())
    .join(",");
}

function base64(text: string): string {
  // One argument per byte would be too many.
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}
