/** Why a block is not run by a test. */
const REASONS = {
  command: "a command of the shell: it installs, starts or measures",
  replaced: "what the reader has before and replaces; it is code of another library",
  types: "types alone, without an effect; they are compiled",
} as const;

/**
 * A block of a page: words of it, and either what runs it or why nothing does. What runs it are a test and what this
 * test has the block from; the words and the name of the page stand in one of these files.
 */
export type SampleRun = readonly [words: string, by: string | keyof typeof REASONS, from?: string];

const DOWNLOADS = "tests/browser/samples-downloads.spec.ts";
const UPLOADS = "tests/browser/samples-uploads.spec.ts";
const EVENTS = "tests/browser/samples-events.spec.ts";
const ORDER = "tests/browser/samples-order.spec.ts";
const MIGRATION = "tests/browser/samples-migration.spec.ts";
const ELEMENTS = "tests/browser/samples-elements.spec.ts";
const UPPY = "tests/browser/samples-uppy.spec.ts";
const WORKERS = "tests/browser/samples-workers.spec.ts";
const APPS = "tests/browser/samples-apps.spec.ts";
const README = "tests/browser/readme.spec.ts";
const RECIPES = "tests/browser/upload-recipes.spec.ts";
const PROTOCOLS = "tests/contract/upload-protocol-contract.test.ts";
const SITES = "tests/support/printed-sites.ts";
const BUILT_WORKERS = "tests/support/printed-workers.ts";
/** Runs those that are tests for Node, with what they import. */
const VITEST = "scripts/check-samples.mjs";

/** The blocks of each page of the documentation, in their order. */
export const SAMPLE_RUNS: Readonly<Record<string, readonly SampleRun[]>> = {
  "../README.md": [
    ["npm install", "command"],
    ["background-session/elements", README, SITES],
    ["// podcasts.ts", VITEST],
    ['from "vitest"', VITEST],
    ["background-session/react", README, SITES],
    ['session: "podcasts" }));', ELEMENTS],
    ["background-session/inspector", README, SITES],
    ["npm start", "command"],
  ],
  "../SECURITY.md": [["const policy", "tests/browser/trusted-types.spec.ts"]],
  "authorization.md": [
    ["challengeStatuses: [401]", EVENTS],
    ["challengeStatuses: [403]", EVENTS],
    ["willBeginDelayedRequest", EVENTS],
  ],
  "destinations.md": [
    ['{ cache: "articles" }', DOWNLOADS],
    ["startDaemon({ destinations })", DOWNLOADS],
    ['error?.code === "destination-failed"', DOWNLOADS],
  ],
  "downloads.md": [
    ['downloadTask("/episodes/42.mp3", { description', DOWNLOADS],
    ["await library.add(", DOWNLOADS],
    ["const film = ", DOWNLOADS],
    ["freshAddress(task)", DOWNLOADS],
    ["startDaemon({ integrity })", DOWNLOADS],
    ["maximumDownloadRate", DOWNLOADS],
    ["mirrors: [", DOWNLOADS],
  ],
  "errors.md": [["network-lost", EVENTS]],
  "events.md": [
    ["const delegate: SessionDelegate = {", EVENTS],
    ['"rating-sent": async', EVENTS],
    ["didFinishCollectingMetrics", EVENTS],
  ],
  "frameworks.md": [
    ["// transfer-list.tsx", ELEMENTS, "tests/unit/bindings/documentation.test.ts"],
    ["// main.tsx", ELEMENTS],
    ["snapshot", ELEMENTS],
    ['v-for="info in snapshot?.tasks"', ELEMENTS],
    ["<p>{$album.tasks.length} tasks</p>", ELEMENTS],
    ["list.replaceChildren", ELEMENTS],
  ],
  "from-background-fetch.md": [
    ["backgroundFetch.fetch", "replaced"],
    ["countOfBytesClientExpectsToReceive", MIGRATION],
  ],
  "from-tanstack-offline-transactions.md": [
    ["api.save(", MIGRATION],
    ["async function addTodo", MIGRATION],
    ["async syncTodos(", MIGRATION],
  ],
  "from-tus-js-client.md": [
    ["new tus.Upload", "replaced"],
    ['"com.example.photos"', UPLOADS],
  ],
  "from-workbox.md": [
    ["npm install", "command"],
    ["orders", "tests/browser/adopt-queue.spec.ts", "tests/support/two-lines-of-guide.ts"],
    ['adoptQueue("orders-v1"', WORKERS],
    ["sw-workbox.js", APPS],
    ["// public/orders.js", APPS],
    ["// vite.config.ts", APPS],
    ["document.title = response?.ok", WORKERS],
    ['omitHeaders: ["authorization"]', WORKERS],
    ['Response.redirect("/shared", 303)', WORKERS],
  ],
  "history.md": [["keepsHistory: true", EVENTS]],
  "inspector.md": [
    ['document.createElement("background-inspector")', ELEMENTS],
    ["await inspect();", ELEMENTS],
  ],
  "lifecycle.md": [["handleEventsForBackgroundSession", WORKERS]],
  "media.md": [
    ["sw.js", "tests/browser/media-recipe.spec.ts", BUILT_WORKERS],
    ["the page", "tests/browser/media-recipe.spec.ts"],
    ["async function play(request: Request)", WORKERS],
    ["sw.js", "tests/browser/media-session.spec.ts", BUILT_WORKERS],
  ],
  "notifications.md": [
    ['failureTitle: "{description} could not be loaded"', WORKERS],
    ['doneTitle: "All {total} episodes are ready"', WORKERS],
  ],
  "own-worker.md": [
    ["startDaemon();", APPS],
    ["import.meta.env.DEV", APPS],
    ["// vite.config.ts", APPS],
  ],
  "panel.md": [
    ["delegate: {}", ELEMENTS],
    ['"transfer-action", (event)', ELEMENTS],
    ["export const Panel", ELEMENTS],
    ["svelte/elements", "types"],
    ['addMessages("en"', ELEMENTS],
  ],
  "performance.md": [["npm run bench", "command"]],
  "queues.md": [
    ["const edit = ", ORDER],
    ['onFailure: "hold"', ORDER],
    ["session.retry(task)", ORDER],
    ["const photos = ", ORDER],
    ["const save = ", ORDER],
    ['session.group("album 7")', ORDER],
  ],
  "reliability.md": [
    ["npm run chaos", "command"],
    ["npm run chaos", "command"],
    ["npm run mutants", "command"],
  ],
  "s3.md": [
    ["sw.ts", RECIPES, BUILT_WORKERS],
    ['{ protocol: "s3"', RECIPES],
    ["presign.ts", "tests/contract/s3-swift.test.ts", "tests/support/presign-of-docs.ts"],
    ["signing-server.ts", RECIPES],
    ['from "vitest"', VITEST],
    ["signWithCredentials({ credentials", UPLOADS],
    ["AllowedOrigins", UPLOADS, "tests/support/cors-rule-of-docs.ts"],
  ],
  "share-target.md": [
    ["share_target", "tests/browser/share-target.spec.ts"],
    ["/share-sw.js", "tests/browser/share-target.spec.ts"],
    ["/share-sw.js", "tests/browser/share-target.spec.ts"],
  ],
  "showing-tasks.md": [
    ["const unsubscribe = ", ORDER],
    ["JSON.stringify({ apples: 2 })", ORDER],
    ['handler: "ordered"', ORDER],
  ],
  "start.md": [
    ["npm install", "command"],
    ["/episodes/42.mp3", "tests/browser/without-bundler.spec.ts"],
    ["allowsExpensiveNetworkAccess: false", ORDER],
    ["const gone = ", ORDER],
  ],
  "tanstack-query.md": [
    ["todos.js", "tests/browser/tanstack-query.spec.ts"],
    ["const ", "tests/browser/tanstack-react.spec.ts"],
    ["const ", "tests/browser/tanstack-react.spec.ts"],
  ],
  "testing.md": [
    ["// podcasts.ts", VITEST],
    ['from "vitest"', VITEST],
    ['from "vitest"', VITEST],
    ['from "vitest"', VITEST],
    ["upload.spec.ts", APPS],
  ],
  "transports.md": [
    ['transport: "auto"', DOWNLOADS],
    ["{ connections: 4 }", DOWNLOADS],
    ["startDaemon({ parallelRanges })", DOWNLOADS],
  ],
  "upload-protocols.md": [
    ["blocks.ts", PROTOCOLS],
    ["sw.js", "tests/browser/upload-kills.spec.ts", BUILT_WORKERS],
    ['protocol: "blocks", connections: 3', APPS],
    ["offsets.ts", PROTOCOLS],
    ["block-server.ts", PROTOCOLS],
    ['from "vitest"', VITEST],
    ['from "vitest"', VITEST],
  ],
  "uploads.md": [
    ['"/photos", file', RECIPES],
    ["sw.ts", RECIPES, BUILT_WORKERS],
    ["// main.ts", RECIPES, SITES],
    ["startDaemon({ uploadProtocols: [tus, ietf] });", UPLOADS],
    ["const { response } = await task.completed;", UPLOADS],
    ["task.cancelByProducingResumeData()", UPLOADS],
    ["resumeAt: uploadUrl", UPLOADS],
    ["sw.ts", "tests/browser/resumable-uploads.spec.ts", BUILT_WORKERS],
    ["(task.context as { user: string })", UPLOADS],
    ["photo-server.ts", RECIPES],
    ["tus-server.ts", RECIPES],
    ['metadata: { album: "Summer" }', UPLOADS],
    ["X-HTTP-Method-Override", UPLOADS],
    ["video-server.ts", RECIPES],
    ['"/videos", file', RECIPES],
  ],
  "uppy.md": [
    ["npm install", "command"],
    ['endpoint: "/tus"', UPPY],
    ['queue: "films"', UPPY],
    ["async completion(", UPPY],
    ["const bucket = ", UPPY],
  ],
};

/** Whether a block is left out, with its reason in the table. */
export const isLeftOut = (by: string): by is keyof typeof REASONS => by in REASONS;
