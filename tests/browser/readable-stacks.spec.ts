import { writeFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { build, type Rolldown } from "vite";
import { expect, test } from "../support/fixtures.ts";
import { withAppFolder } from "../support/installed-package.ts";

const APP = `
import { BackgroundSession } from "background-session";
globalThis.failure = BackgroundSession.open("test", { delegat: {} }).catch((error) => error.stack);
`;

declare global {
  var failure: Promise<string>;
}

/** An app as it is deployed: minified, with a source map. */
function builtApp(): Promise<Rolldown.OutputChunk> {
  return withAppFolder(async (root) => {
    await writeFile(join(root, "main.js"), APP);
    const output = (await build({
      root,
      configFile: false,
      logLevel: "error",
      build: { write: false, sourcemap: true, rolldownOptions: { input: join(root, "main.js") } },
    })) as Rolldown.RolldownOutput;
    return output.output[0];
  });
}

test("the stack of an error in a deployed app leads to a line of the package that can be read", {
  tag: "@core",
}, async ({ page, site }) => {
  const { code, map } = await builtApp();
  site.serve("/readable-app.js", { body: code, type: "text/javascript" });
  const stack = await page.evaluate(async () => {
    await import("/readable-app.js" as string);
    return globalThis.failure;
  });
  const [, line, column] = /readable-app\.js:(\d+):(\d+)/.exec(stack) ?? [];
  if (map == null) throw new Error("The app has no source map.");
  const payload = { ...map, file: map.file ?? "", sourceRoot: "", sourcesContent: map.sourcesContent ?? [] };
  const entry = new SourceMap(payload).findEntry(Number(line) - 1, Number(column) - 1);
  if (!("originalSource" in entry)) throw new Error(`Nothing is known of ${stack}`);
  expect(entry.originalSource).toMatch(/background-session\/dist\/app\/.*\.js$/);
  const source = map.sourcesContent?.[map.sources.indexOf(entry.originalSource)] ?? "";
  const before = source.split("\n").slice(0, entry.originalLine + 1);
  expect(before.at(-1)).toContain("throw new TypeError(");
  expect(before.findLast((text) => /^(async )?function /.test(text))).toBe(
    "function checkedOpenOptions(options) {",
  );
});
