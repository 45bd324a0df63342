import { readFile } from "node:fs/promises";
import { SITE_DIR } from "./build-site.ts";

/** Reads a file of the built site, to deploy it again under another path or in another version. */
export function builtFile(name: string): Promise<string> {
  return readFile(`${SITE_DIR}/${name}`, "utf8");
}
