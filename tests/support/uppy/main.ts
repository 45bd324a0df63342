import Uppy, { type UppyOptions } from "@uppy/core";
import "@uppy/core/css/style.min.css";
import Dashboard from "@uppy/dashboard";
import "@uppy/dashboard/css/style.min.css";
import { BackgroundSession } from "background-session";
import { BackgroundSessionUploader, type BackgroundSessionUploaderOptions } from "background-session/uppy";

type Fields = Record<string, unknown>;

/** The options that a test sets from outside. */
type UploaderOptions = Partial<
  Pick<
    BackgroundSessionUploaderOptions<Fields, Fields>,
    "protocol" | "formData" | "fieldName" | "allowedMetaFields" | "retry"
  >
> & { endpoint?: string | ((file: { name?: string }) => string); session?: string };
type Options = Pick<UppyOptions<Fields, Fields>, "id" | "autoProceed"> & {
  restrictions?: Partial<UppyOptions<Fields, Fields>["restrictions"]>;
  /** The meta fields that the user edits in Dashboard. */
  fields?: readonly string[];
  preProcessors?: number;
};

export interface UppyApp {
  BackgroundSession: typeof BackgroundSession;
  session: Promise<BackgroundSession>;
  /** Shows an Uppy with its Dashboard. */
  show(uploader: UploaderOptions, options?: Options): void;
  /** Adds files of that many bytes. */
  add(files: Readonly<Record<string, number>>, meta?: Fields): void;
  readonly uppy: Uppy<Fields, Fields>;
  /** What the last Uppy has emitted. */
  events: string[];
  /** What its restrictions have refused. */
  readonly refusals: readonly string[];
  /** The files that its pre-processor and its post-processor have seen. */
  readonly steps: string[];
  /** What its option `completion` was called with. */
  readonly completions: string[];
  /** What was reported as uncaught, or logged as an error. */
  readonly faults: string[];
}

declare global {
  var uppyApp: UppyApp;
}

const faults: string[] = [];
globalThis.addEventListener("error", ({ message }) => void faults.push(message));
globalThis.addEventListener("unhandledrejection", ({ reason }) => void faults.push(String(reason)));

const serviceWorker = new URLSearchParams(location.search).get("worker") ?? "/sw.js";
const session = BackgroundSession.open("uppy", { serviceWorker, delegate: {} });

/** Kept over reloads: a page may go between an event and a question of the test. */
function keep(event: string): void {
  sessionStorage.setItem("kept", `${sessionStorage.getItem("kept") ?? ""}${event}\n`);
}

function show(uploader: UploaderOptions, { preProcessors = 1, fields = [], ...options }: Options = {}): void {
  const container = document.createElement("div");
  document.querySelector("#dashboard")?.replaceChildren(container);
  const { completions, steps } = uppyApp;
  const metaFields = fields.map((id) => ({ id, name: id }));
  const uppy = new Uppy<Fields, Fields>({ id: "photos", ...options })
    .use(Dashboard, { inline: true, target: container, width: 600, height: 500, metaFields })
    .use(BackgroundSessionUploader, {
      session,
      endpoint: "/tus",
      async completion(file, { response, error }) {
        completions.push(`${file.name} ${error?.code ?? response?.status}`);
        keep(`completion ${file.name}`);
      },
      ...uploader,
    });
  const seen = (step: string) => async (ids: string[]) => {
    for (const { name, response } of uppy.getFilesByIds(ids))
      steps.push([step, name, ...(response ? [response.status] : [])].join(" "));
  };
  for (let number = 1; number <= preProcessors; number += 1) uppy.addPreProcessor(seen("before"));
  uppy.addPostProcessor(seen("after"));
  const events: string[] = [];
  const refusals: string[] = [];
  uppy.on("upload-start", (files) => void events.push(`start ${files.map(({ name }) => name)}`));
  uppy.on("upload-success", (file, { status, body }) => {
    events.push(`success ${file?.name} ${status} ${JSON.stringify(body?.bodyBytes ?? body?.length)}`);
    keep(String(events.at(-1)));
  });
  uppy.on("upload-error", (file, { message }) => void events.push(`error ${file?.name} ${message}`));
  uppy.on("restriction-failed", (file, { message }) => {
    refusals.push(`${file?.name ?? "all"} ${message}`);
  });
  uppy.on("complete", ({ successful = [], failed = [] }) => {
    events.push(`complete ${successful.length} ${failed.length}`);
  });
  Object.assign(uppyApp, { uppy, events, refusals });
}

/** As the tests know them: no two places look the same. */
function uploadBytes(sizeBytes: number): Uint8Array<ArrayBuffer> {
  const words = Uint32Array.from({ length: Math.ceil(sizeBytes / 4) }, (_, index) => index);
  return new Uint8Array(words.buffer, 0, sizeBytes);
}

function add(files: Readonly<Record<string, number>>, meta: Fields = {}): void {
  const all = Object.entries(files);
  uppyApp.uppy.addFiles(
    all.map(([name, bytes]) => {
      const data = new File([uploadBytes(bytes)], name, { lastModified: 1 });
      return { name, type: "image/png", data, meta };
    }),
  );
}

Object.assign(globalThis, {
  uppyApp: {
    BackgroundSession,
    session,
    show,
    add,
    events: [],
    refusals: [],
    steps: [],
    completions: [],
    faults,
  },
});
