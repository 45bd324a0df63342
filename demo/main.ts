/// <reference types="vite/client" />
import { App } from "./app.ts";

const app = new App();
void app.start();

if (import.meta.hot) {
  import.meta.hot.accept();
  // The next version of this module opens the session again, once this one has let go of it.
  import.meta.hot.dispose(() => void app.stop());
}
