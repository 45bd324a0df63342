import { start } from "../shared/app.js";

// An import map does not reach into workers: the ready-made script needs none.
start(import.meta.resolve("background-session/sw.js"));
