import { parse } from "content-disposition";
import { cleanedName } from "../../protocol/file-name.ts";

/** Returns the file name that a server suggests in `Content-Disposition`, cleaned; undefined if it suggests none. */
export function suggestedName(headers: Headers): string | undefined {
  const header = headers.get("content-disposition");
  const { filename } = header === null ? {} : parse(header).parameters;
  // Some servers send a path.
  const last = filename?.split(/[/\\]/).findLast((part) => part.trim() !== "");
  return (last && cleanedName(asUtf8(last).trim())) || undefined;
}

/** Many servers write the bytes of UTF-8 where the standard has Latin-1, which is how a header is read. */
function asUtf8(name: string): string {
  if (!/^[\0-\xff]*[\x80-\xff][\0-\xff]*$/.test(name)) return name;
  const bytes = Uint8Array.from(name, (letter) => letter.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return name;
  }
}
