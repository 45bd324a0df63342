import { execFileSync } from "node:child_process";

/** What was added or changed since a branch, as Stryker wants it: `src/a.ts:3-7`. A new file is whole. */
export function changedLines(branch) {
  const since = git("merge-base", branch, "HEAD").trim();
  const ranges = [];
  let file;
  for (const line of git("diff", "-U0", "--no-ext-diff", "--diff-filter=d", since, "--", "src").split("\n")) {
    file = /^\+\+\+ b\/(.+)/.exec(line)?.[1] ?? file;
    const [, start, count = "1"] = /^@@ \S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (start !== undefined && count !== "0")
      ranges.push(`${file}:${start}-${Number(start) + Number(count) - 1}`);
  }
  const added = git("ls-files", "--others", "--exclude-standard", "--", "src").split("\n");
  return [...ranges, ...added.filter((path) => path !== "")];
}

function git(...args) {
  return execFileSync("git", args, { encoding: "utf8" });
}
