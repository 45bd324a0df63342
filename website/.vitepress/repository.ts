import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./pages.ts";

const { repository, version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  repository: { url: string };
  version: string;
};

/** The address of the repository, which package.json has. */
export const REPOSITORY: string = repository.url.replace(/^git\+(.*)\.git$/, "$1");

export const VERSION: string = version;
