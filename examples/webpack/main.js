import { start } from "../shared/app.js";

start(new URL("background-session/sw.js", import.meta.url));
