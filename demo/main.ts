/// <reference types="vite/client" />
import { App } from "./app.ts";

const app = new App();
void app.start();

if (import.meta.hot) {
  import.meta.hot.accept();
  // The next version of this module opens the session again after this one has closed it.
  import.meta.hot.dispose(() => void app.stop());
}
