import { BackgroundSession } from "./background-session/background-session.js";
import { respondFrom } from "./background-session/media/index.js";
import { EPISODES } from "./episodes.js";

const player = document.querySelector("video");
const rows = new Map(EPISODES.map((episode) => [episode.id, addRow(episode)]));

const session = await BackgroundSession.open("com.example.podcast", {
  serviceWorker: { url: "./sw.js", type: "module" },
  delegate: {
    // Also for a download that ended while no page was open.
    didComplete: (task, error) => rows.get(task.id)?.update(error?.message),
  },
});

session.subscribe(({ tasks }) => {
  for (const { id, progress } of tasks) rows.get(id)?.showProgress(progress.fraction);
});
for (const row of rows.values()) await row.update();

/** An episode in the list, with one button: it downloads, stops, or plays. */
function addRow(episode) {
  const row = document.createElement("li");
  const bar = Object.assign(document.createElement("progress"), { hidden: true });
  const button = document.createElement("button");
  const remove = Object.assign(document.createElement("button"), { textContent: "Remove", hidden: true });
  const news = document.createElement("span");
  row.append(episode.title, " ", button, " ", remove, " ", bar, " ", news);
  document.querySelector("ul").append(row);

  const taskOf = () => session.tasks().find(({ id }) => id === episode.id);
  const update = async (message = "") => {
    const isHere = await isStored(episode);
    bar.hidden = isHere || taskOf() === undefined;
    button.textContent = isHere ? "Play" : bar.hidden ? "Download" : "Stop";
    remove.hidden = !isHere;
    news.textContent = message;
  };
  const actions = {
    Download: async () => {
      const { id, title, url, destination } = episode;
      await session.downloadTask(url, { id, description: title, destination }).resume();
    },
    Stop: () => taskOf()?.cancel(),
    Play: () => {
      // The same address online and offline: the worker answers it.
      player.src = episode.url;
      return player.play();
    },
  };
  const run = (action) => action().then(update, (error) => update(String(error)));
  button.onclick = () => run(async () => actions[button.textContent]());
  remove.onclick = () => run(() => removeStored(episode));
  return {
    update,
    showProgress(fraction) {
      bar.hidden = false;
      button.textContent = "Stop";
      if (fraction !== undefined) bar.value = fraction;
    },
  };
}

async function isStored({ url, destination }) {
  return (await respondFrom(destination, new Request(url, { method: "HEAD" }))) !== undefined;
}

async function removeStored({ url, destination }) {
  if ("cache" in destination) return (await caches.open(destination.cache)).delete(url);
  const [folder, name] = destination.opfs.split("/");
  const root = await navigator.storage.getDirectory();
  await (await root.getDirectoryHandle(folder)).removeEntry(name);
}
