// Lays the app out in dist/: its own files, the package, the films, and the sound, which it makes.
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { tones } from "./tones.mjs";

const HERE = import.meta.dirname;
const DIST = join(HERE, "dist");
const PACKAGE = dirname(createRequire(import.meta.url).resolve("background-session/sw.js"));

await rm(DIST, { recursive: true, force: true });
await mkdir(join(DIST, "episodes"), { recursive: true });
for (const name of ["index.html", "app.js", "episodes.js", "sw.js"])
  await cp(join(HERE, name), join(DIST, name));
await cp(PACKAGE, join(DIST, "background-session"), { recursive: true });
for (const name of ["film.mp4", "film.webm"]) await cp(join(HERE, name), join(DIST, "episodes", name));
await writeFile(join(DIST, "episodes", "tones.wav"), tones(600));
await writeFile(join(DIST, "episodes", "recording.wav"), tones(1_200));
