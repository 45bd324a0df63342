import { startDaemon } from "background-session/daemon";

// What workers take from the app around them, if they are printed without their imports.
Object.assign(globalThis, { startDaemon });
