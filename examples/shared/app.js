import { BackgroundSession } from "background-session";
import "background-session/elements";

const PAGE = `
  <p id="status" role="status">Opening the session…</p>
  <p>
    <input id="address" aria-label="Address" value="/files/20MB.bin?throttle=2MB">
    <button id="download" type="button">Download</button>
  </p>
  <p>
    <input id="note" aria-label="Note" value="hello">
    <button id="send" type="button">Send</button>
  </p>
  <p><label>Upload <input id="photo" type="file" multiple></label></p>
  <background-transfers></background-transfers>
  <ul id="news" aria-live="polite"></ul>
`;

/**
 * The page of all examples: a panel of the session's transfers, a button for each kind of them, and a list of what came
 * back. Reload it, close it or go offline at any time.
 * @param {import("background-session").OpenOptions["serviceWorker"]} serviceWorker absent: the one that is registered
 */
export async function start(serviceWorker) {
  document.body.insertAdjacentHTML("beforeend", PAGE);
  const session = await BackgroundSession.open("com.example.app", {
    ...(serviceWorker && { serviceWorker }),
    delegate: {
      didFinishDownloading: (task, file) => tell(`${task.description}: ${file.size} bytes`),
      didComplete: (task, error) => {
        if (error) tell(`${task.description}: ${error.message}`);
      },
    },
    // Found by name: the page that sends a note may be gone when the answer comes.
    completionHandlers: {
      sent: ({ response, error }, what) => tell(`${what}: ${error?.message ?? response.status}`),
    },
  });
  document.querySelector("background-transfers").session = session;

  element("download").onclick = () => {
    const { value } = element("address");
    session.downloadTask(value, { description: "The file" }).resume();
  };
  element("send").onclick = () => {
    const { value } = element("note");
    const description = `The note "${value}"`;
    const completion = { handler: "sent", context: description };
    session
      .dataTask({ url: "/echo", method: "POST", body: value }, { queue: "notes", description, completion })
      .resume()
      .then(() => tell(`${description} is stored`));
  };
  element("photo").onchange = () => {
    for (const photo of element("photo").files) {
      const completion = { handler: "sent", context: photo.name };
      session.uploadTask("/echo", photo, { description: photo.name, completion }).resume();
    }
  };
  element("status").textContent = "The session is open.";
}

function element(id) {
  return document.getElementById(id);
}

function tell(text) {
  element("news").appendChild(document.createElement("li")).textContent = text;
}
