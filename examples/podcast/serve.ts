import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { TestServer } from "../../server/server.ts";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../../dist/", import.meta.url));

/** Serves the app and its episodes below `/podcast/`, and the package as it is built. */
export async function servePodcast(server: TestServer): Promise<void> {
  for (const name of ["index.html", "app.js", "episodes.js", "sw.js"]) {
    const path = name === "index.html" ? "" : name;
    server.serve(`/podcast/${path}`, { body: await readFile(HERE + name), type: typeOf(name) });
  }
  for (const type of ["mp4", "webm"]) {
    const body = await readFile(`${HERE}film.${type}`);
    server.serve(`/podcast/episodes/film.${type}`, { body, type: `video/${type}` });
  }
  server.serve("/podcast/episodes/tones.wav", { body: tones(600), type: "audio/wav" });
  server.serve("/podcast/episodes/recording.wav", { body: tones(1_200), type: "audio/wav" });
  server.route("/podcast/background-session/*", async ({ url = "" }, response) => {
    const name = url.slice("/podcast/background-session/".length);
    const body = await readFile(PACKAGE + name).catch(() => undefined);
    response.writeHead(body === undefined ? 404 : 200, { "content-type": typeOf(name) }).end(body);
  });
}

function typeOf(name: string): string {
  return name.endsWith(".html") ? "text/html" : "text/javascript";
}

const RATE = 8_000;
const HEAD_BYTES = 44;

/** A WAV file, which every browser plays: another tone in each second, in 8 bits and one channel. */
export function tones(seconds: number): Uint8Array {
  const length = seconds * RATE;
  const file = Buffer.alloc(HEAD_BYTES + length);
  file.write("RIFF", 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(RATE, 28);
  file.writeUInt16LE(1, 32);
  file.writeUInt16LE(8, 34);
  file.write("data", 36);
  file.writeUInt32LE(length, 40);
  for (let at = 0; at < length; at += 1) {
    const hertz = 220 + (Math.floor(at / RATE) % 24) * 20;
    file[HEAD_BYTES + at] = 128 + Math.round(60 * Math.sin((2 * Math.PI * hertz * at) / RATE));
  }
  return file;
}
