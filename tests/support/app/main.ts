import {
  BackgroundSession,
  type BackgroundTask,
  type CompletionHandler,
  type OpenOptions,
  type SessionDelegate,
  SessionError,
} from "background-session";
import { openDB } from "idb";
import { entries, note, realm } from "./journal.ts";
import { compare } from "./request-table.ts";

/** Transient events, in memory. */
const news: string[] = [];

/** Digests part by part, so that a large file does not have to fit into memory. */
async function sha256(blob: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const DIGEST_LIMIT = 300e6;

const delegate: SessionDelegate = {
  async didFinishDownloading(task, file, { eventId }) {
    const digest = file.size <= DIGEST_LIMIT ? { sha256: await sha256(file) } : {};
    await note({ type: "didFinishDownloading", eventId, id: task.id, sizeBytes: file.size, ...digest });
  },
  async didComplete(task, error, { eventId }) {
    const { response } = task;
    const text = task.kind === "upload" ? await (await task.completed).response?.text() : undefined;
    await note({
      type: "didComplete",
      eventId,
      id: task.id,
      ...(response && { status: response.status }),
      ...(error && { error: error.code }),
      ...(text !== undefined && { text }),
    });
  },
  didSendBodyData: (task) => void news.push(`sent ${task.id} ${task.countOfBytesSent}`),
  didResumeAtOffset: (task, offset) => void news.push(`resumed ${task.id} ${offset}`),
  didFinishEvents: () => void news.push("finished events"),
  didBecomeOwner: () => void news.push("owner"),
  didBecomeInvalid: (_, error) => void news.push(`invalid ${error?.code ?? ""}`.trim()),
};

const sent: CompletionHandler = async (result, context, { eventId }) => {
  const text = await result.response?.text();
  await note({
    type: "handler",
    eventId,
    id: "sent",
    context,
    ...(text !== undefined && { text }),
    ...(result.response && { status: result.response.status }),
    ...(result.error && { error: result.error.code }),
  });
};

function open(identifier = "test", options: OpenOptions = {}): Promise<BackgroundSession> {
  return BackgroundSession.open(identifier, {
    serviceWorker: "/sw.js",
    delegate,
    completionHandlers: { sent },
    ...options,
  });
}

/** Opens the library's database of a scope without upgrading it; undefined if there is none. */
async function database(scope = "/") {
  const name = `background-session:${scope}`;
  const all = await indexedDB.databases();
  return all.some((found) => found.name === name) ? openDB(name) : undefined;
}

/** Reads one of the library's stores. Files are shown by their size. */
// biome-ignore lint/suspicious/noExplicitAny: the tests look at it from the outside
async function rows(store: string, scope = "/"): Promise<any[]> {
  const stored = await database(scope);
  if (stored === undefined) return [];
  try {
    const all = stored.objectStoreNames.contains(store) ? await stored.getAll(store) : [];
    return all.map((row) => ({
      ...row,
      ...(row.bytes instanceof Blob && { bytes: row.bytes.size }),
      ...(row.body instanceof Blob && { body: row.body.size }),
    }));
  } finally {
    stored.close();
  }
}

/** The properties of a handle that `page.evaluate` can return. */
function describe(task: BackgroundTask) {
  const { id, state, activity, description, attempts, countOfBytesReceived, countOfBytesExpectedToReceive } =
    task;
  const { countOfBytesSent, countOfBytesExpectedToSend } = task;
  const error = task.error?.code;
  return {
    id,
    state,
    activity,
    description,
    attempts,
    countOfBytesReceived,
    countOfBytesExpectedToReceive,
    countOfBytesSent,
    countOfBytesExpectedToSend,
    error,
  };
}

/** Errors that a page reported as uncaught. */
const reported: string[] = [];
globalThis.addEventListener("error", ({ error, message }) => void reported.push(error?.message ?? message));

const app = {
  BackgroundSession,
  SessionError,
  compare,
  open,
  delegate,
  entries,
  note,
  news,
  realm,
  reported,
  sha256,
  describe,
  sent,
  database,
  openDB,
  rows,
};
export type App = typeof app;
Object.assign(globalThis, { app });
