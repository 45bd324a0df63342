"use client";

import { BackgroundSessionProvider, useBackgroundSession, useTasks } from "background-session/react";
import { useState } from "react";

/** A session, its tasks, a button for each kind of them, and a list of what came back. */
export function Transfers() {
  const [news, setNews] = useState([]);
  const tell = (text) => setNews((before) => [...before, text]);
  const delegate = {
    didFinishDownloading: (task, file) => tell(`${task.description}: ${file.size} bytes`),
    didComplete: (task, error) => {
      if (error) tell(`${task.description}: ${error.message}`);
    },
  };
  // Found by name: the page that sends a note may be gone when the answer comes.
  const completionHandlers = {
    sent: ({ response, error }, what) => tell(`${what}: ${error?.message ?? response.status}`),
  };
  // Without the address of a worker: Serwist registers it.
  return (
    <BackgroundSessionProvider
      identifier="com.example.app"
      delegate={delegate}
      completionHandlers={completionHandlers}
    >
      <Forms tell={tell} />
      <Tasks />
      <ul id="news" aria-live="polite">
        {news.map((text, index) => (
          <li key={index}>{text}</li>
        ))}
      </ul>
    </BackgroundSessionProvider>
  );
}

function Forms({ tell }) {
  const { session, status, error } = useBackgroundSession();
  const download = (form) => {
    session.downloadTask(form.get("address"), { description: "The file" }).resume();
  };
  const send = (form) => {
    const description = `The note "${form.get("note")}"`;
    const request = { url: "/echo", method: "POST", body: form.get("note") };
    const completion = { handler: "sent", context: description };
    const task = session.dataTask(request, { queue: "notes", description, completion });
    task.resume().then(() => tell(`${description} is stored`));
  };
  const upload = ({ target }) => {
    for (const photo of target.files) {
      const completion = { handler: "sent", context: photo.name };
      session.uploadTask("/echo", photo, { description: photo.name, completion }).resume();
    }
  };
  return (
    <fieldset disabled={status !== "open"}>
      <legend role="status">
        {status === "open" ? "The session is open." : (error?.message ?? `The session: ${status}`)}
      </legend>
      <form action={download}>
        <input name="address" aria-label="Address" defaultValue="/files/20MB.bin?throttle=2MB" />
        <button type="submit">Download</button>
      </form>
      <form action={send}>
        <input name="note" aria-label="Note" defaultValue="hello" />
        <button type="submit">Send</button>
      </form>
      <label>
        Upload <input type="file" multiple onChange={upload} />
      </label>
    </fieldset>
  );
}

function Tasks() {
  return (
    <ul>
      {useTasks().map(({ task, id, description, state, activity, progress }) => (
        <li key={id}>
          {description}: {state === "running" ? activity : state} <progress value={progress.fraction} />
          <button type="button" onClick={() => (state === "suspended" ? task.resume() : task.suspend())}>
            {state === "suspended" ? "Resume" : "Pause"}
          </button>
        </li>
      ))}
    </ul>
  );
}
