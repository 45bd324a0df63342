import { registerSW } from "virtual:pwa-register";
import { start } from "../shared/app.js";

// The plugin knows the address of the worker, which is another one in development.
registerSW({ onRegisteredSW: (_url, registration) => start(registration) });

// An ordinary request: the worker makes a task of it if the network fails.
document.getElementById("order").onclick = () => {
  fetch("/echo", { method: "POST", body: "an order" }).catch((error) => console.log("It is kept.", error));
};
