import { registerSW } from "virtual:pwa-register";
import { start } from "../shared/app.js";

// The plugin knows the address of the worker, which is another one in development.
registerSW({ onRegisteredSW: (_url, registration) => start(registration) });
