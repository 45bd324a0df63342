import workerUrl from "background-session/sw.js?url";
import { start } from "../shared/app.js";

start(workerUrl);
