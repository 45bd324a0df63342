import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type DownloadFinder, respondFrom } from "../../../src/media/index.ts";

const URL_OF_IT = "https://app.test/episodes/42.wav";

/** A session of an app: what it finds is taken from a list, an Error is thrown. */
function sessionOf(...texts: (string | undefined | Error)[]) {
  const asked: string[] = [];
  const findDownload: DownloadFinder["findDownload"] = async (url) => {
    asked.push(url);
    const text = texts.shift();
    if (text instanceof Error) throw text;
    return text === undefined ? undefined : { file: new File([text], "42.wav"), response: new Response() };
  };
  return { asked, findDownload };
}

async function answer(session: DownloadFinder, url = URL_OF_IT): Promise<string | undefined> {
  const response = await respondFrom(session, new Request(url, { headers: { range: "bytes=0-9" } }));
  return response?.text();
}

describe("what a session has found for a player", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it.each([
    ["old", "new"],
    [undefined, "new"],
  ])("counts for its other ranges, and is looked up again later (%s)", async (first, next) => {
    const session = sessionOf(first, next);
    expect(await Promise.all([answer(session), answer(session)])).toEqual([first, first]);
    expect(await answer(session)).toBe(first);
    expect(session.asked).toEqual([URL_OF_IT]);
    vi.runAllTimers();
    expect(await answer(session)).toBe(next);
  });

  it("is that of one URL and one session", async () => {
    const session = sessionOf("one", "other");
    expect(await answer(session)).toBe("one");
    expect(await answer(session, `${URL_OF_IT}?other`)).toBe("other");
    expect(await answer(sessionOf("of another"))).toBe("of another");
  });

  it("is looked up again at once after an error", async () => {
    const session = sessionOf(new Error("closed"), "it");
    await expect(answer(session)).rejects.toThrow("closed");
    expect(await answer(session)).toBe("it");
  });
});
