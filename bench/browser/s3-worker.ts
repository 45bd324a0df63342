import { startDaemon } from "background-session/daemon";
import { s3 } from "background-session/s3";

// An app's own worker, whose server signs.
startDaemon({
  uploadProtocols: [
    s3({
      async sign(operation, { originalRequest: { url } }) {
        const body = JSON.stringify({ operation, url });
        return (await fetch("/sign", { method: "POST", body })).json();
      },
    }),
  ],
});
