import { readFile } from "node:fs/promises";
import { SITE_DIR } from "./build-site.ts";

/** A file of the built site, to be deployed again under another path or in another version. */
export function builtFile(name: string): Promise<string> {
  return readFile(`${SITE_DIR}/${name}`, "utf8");
}
