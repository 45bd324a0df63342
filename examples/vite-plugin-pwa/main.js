import { registerSW } from "virtual:pwa-register";
import { start } from "../shared/app.js";

const button = document.getElementById("update");

// The plugin knows the address of the worker, which is another one in development.
const update = registerSW({
  onRegisteredSW: (_url, registration) => start(registration),
  onNeedRefresh: () => button.removeAttribute("hidden"),
});
// The new worker takes over what the old one was doing.
button.onclick = () => update();
