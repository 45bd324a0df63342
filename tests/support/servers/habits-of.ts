import { setTimeout as delay } from "node:timers/promises";
import type { VersionedFile } from "../versioned-file.ts";
import type { Habits } from "./real-servers.ts";

const SIZE = 300_000;
const LONG_AGO = Date.UTC(2024, 0, 1);
const LATER = "Mon, 01 Jun 2026 00:00:00 GMT";
/** Longer than any server's cache of file metadata lasts. */
const STALE_MS = 1_010;

/** Finds out how a server tells the versions of `file` apart; `text.txt` and `empty.bin` are next to it. */
export async function habitsOf(port: number, file: VersionedFile): Promise<Habits> {
  const ask = async (path: string, headers: Record<string, string>) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    await response.arrayBuffer();
    return response;
  };
  const untilNoticed = async () => {
    await delay(STALE_MS);
    // The server may answer the first request after a pause by the clock of before the pause.
    await ask("/nothing", {});
  };
  const rangeIf = async (condition: string) =>
    (await ask(`/${file.name}`, { range: "bytes=1000-", "if-range": condition })).status;
  const tagNow = async () => (await ask(`/${file.name}`, { range: "bytes=0-" })).headers.get("etag") ?? "";

  await file.write(1, LONG_AGO + 100, SIZE);
  await untilNoticed();
  const tag = await tagNow();
  const ifs = {
    ifDate: await rangeIf(new Date(LONG_AGO).toUTCString()),
    ifLaterDate: await rangeIf(LATER),
    ifWeak: await rangeIf(`W/${tag.replace("W/", "")}`),
    ifOther: await rangeIf('"other"'),
  };
  const beyond = await ask(`/${file.name}`, { range: `bytes=${SIZE}-` });
  await file.write(2, LONG_AGO + 700, SIZE);
  await untilNoticed();
  const otherTag = await tagNow();
  const coded = await ask("/text.txt", { "accept-encoding": "gzip" });
  const isCoded = coded.headers.has("content-encoding");
  const { status: empty } = await ask("/empty.bin", { range: "bytes=0-" });
  await delay(1_010 - (Date.now() % 1_000));
  await file.write(3, Date.now(), SIZE);
  return {
    etag: strengthOf(tag),
    freshETag: strengthOf(await tagNow()),
    codedETag: isCoded ? strengthOf(coded.headers.get("etag") ?? "") : "not coded",
    hasETagOfSecond: tag === otherTag,
    ...ifs,
    saysTotalIn416: beyond.headers.get("content-range") === `bytes */${SIZE}`,
    empty,
  };
}

function strengthOf(tag: string): "strong" | "weak" {
  return tag.startsWith("W/") ? "weak" : "strong";
}
