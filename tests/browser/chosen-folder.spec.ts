import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "../support/fixtures.ts";

declare global {
  // The files that the test chose.
  var chosen: File[];
}

test("a form sends the files of a chosen folder under the names that the engine itself sends", {
  tag: "@core",
}, async ({ browserApp, engine, page }) => {
  const root = await mkdtemp(join(tmpdir(), "background-session-folder-"));
  try {
    await mkdir(join(root, "Trip", "day1"), { recursive: true });
    await writeFile(join(root, "Trip", "day1", 'a "1".txt'), "bytes");
    await browserApp.chooseFolder(page, join(root, "Trip"));
    const names = await page.evaluate(async () => {
      const [file] = globalThis.chosen as [File];
      const form = () => {
        const data = new FormData();
        data.append("as it is", file);
        data.append("named", file, "other.txt");
        data.append("copied", new File([file], "folder/own.txt"));
        return data;
      };
      const session = await app.open();
      const tasks = {
        "in parts": session.uploadTask("/echo", form()),
        encoded: session.dataTask({ url: "/echo", method: "POST", body: form() }),
      };
      for (const task of Object.values(tasks)) void task.resume();
      const namesIn = async (response: Response | undefined) =>
        (await response?.json())?.bodyText.match(/filename="[^"]*"/g);
      return {
        natively: await namesIn(await fetch("/echo", { method: "POST", body: form() })),
        "in parts": await namesIn((await tasks["in parts"].completed).response),
        encoded: await namesIn((await tasks.encoded.completed).response),
      };
    });
    const path = engine === "webkit" ? "" : "Trip/day1/";
    expect(names.natively).toEqual([
      `filename="${path}a %221%22.txt"`,
      'filename="other.txt"',
      'filename="folder/own.txt"',
    ]);
    expect(names).toEqual({
      natively: names.natively,
      "in parts": names.natively,
      encoded: names.natively,
    });
  } finally {
    await rm(root, { recursive: true });
  }
});
