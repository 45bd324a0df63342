import { ANY_NUMBER, fits, oneOf, optional, type Shape, STRINGS_BY_NAME } from "../protocol/shape.ts";
import { isFinished, TASK_STATES } from "../protocol/task-state.ts";
import type { ReadTransaction, WriteTransaction } from "./database.ts";
import type { TaskRow } from "./schema.ts";

/** As the platform writes it. */
const WEB_ADDRESS: Shape = (value) =>
  typeof value === "string" && /^https?:/.test(value) && URL.canParse(value);
const CACHE_ENTRY: Shape = { cache: "", key: WEB_ADDRESS, headers: optional(STRINGS_BY_NAME) };
const ANSWER: Shape = { url: "", status: 0, headers: STRINGS_BY_NAME };

/** Takes the place of what is lost; it is the shape of most of it as well. */
const NEUTRAL = {
  id: "",
  kind: "download",
  state: "running",
  order: 0,
  priority: 0.5,
  createdAt: 0,
  attempts: 0,
  failures: 0,
  bytesReceived: 0,
  bytesExpected: -1,
  farthest: 0,
  request: { url: "https://damaged.invalid/", method: "GET", headers: {} },
} as const;

/** What the program relies on in each field of a row; other fields do no harm. */
const FIELDS: { readonly [Field in keyof TaskRow]?: Shape } = {
  ...NEUTRAL,
  kind: oneOf("download", "upload", "data"),
  // `canceling` is never written down.
  state: oneOf(...TASK_STATES.filter((state) => state !== "canceling")),
  priority: ANY_NUMBER,
  request: { url: WEB_ADDRESS, method: "", headers: STRINGS_BY_NAME },
  past: optional([(place) => Array.isArray(place) && typeof place[2] === "number"]),
  bodyOf: optional(""),
  description: optional(""),
  group: optional(""),
  idempotencyKey: optional(""),
  queue: optional({ name: "", onFailure: "" }),
  dependsOn: optional([[""]]),
  acceptStatuses: optional([ANY_NUMBER]),
  waitStatuses: optional([ANY_NUMBER]),
  earliestBeginDate: optional(ANY_NUMBER),
  deadline: optional(ANY_NUMBER),
  timeLeftMs: optional(ANY_NUMBER),
  clientExpectsToSend: optional(0),
  clientExpectsToReceive: optional(0),
  suspectedBlocks: optional(ANY_NUMBER),
  turnBacks: optional(ANY_NUMBER),
  challenges: optional(ANY_NUMBER),
  challengedAt: optional(ANY_NUMBER),
  settings: optional({
    timeoutIntervalForRequest: optional(0),
    allowsExpensiveNetworkAccess: optional(true),
    allowsConstrainedNetworkAccess: optional(true),
    challengeStatuses: optional([ANY_NUMBER]),
    isDiscretionary: optional(true),
  }),
  retry: optional({ limit: ANY_NUMBER, unsafe: true }),
  completion: optional({ handler: "" }),
  metrics: optional([{ startedAt: ANY_NUMBER }]),
  notification: optional({ title: "" }),
  backoff: optional({ since: ANY_NUMBER, tries: ANY_NUMBER, jitter: ANY_NUMBER, floorMs: ANY_NUMBER }),
  hold: optional({ asksAgain: true, asks: optional(""), response: optional(ANSWER) }),
  file: optional({
    fileId: "",
    total: optional(0),
    isTotalSure: true,
    validator: optional({ kind: "", value: "" }),
    tag: optional(""),
    ranges: optional([[0]]),
  }),
  connections: optional(0),
  mirrors: optional({ urls: [""], at: 0, untried: 0 }),
  upload: optional({
    sizeBytes: optional(0),
    bytesAcknowledged: 0,
    metadata: optional(STRINGS_BY_NAME),
    connections: optional(0),
    parts: optional([{ start: 0, end: 0, offset: 0, reach: 0, url: optional(WEB_ADDRESS) }]),
    resumeAt: optional(WEB_ADDRESS),
    answer: optional(ANSWER),
  }),
  response: optional(ANSWER),
  failure: optional({ code: "", message: "" }),
  destination: optional((value) => fits(value, { opfs: "" }) || fits(value, CACHE_ENTRY)),
  backgroundFetch: optional({ id: "", start: 0, startedAt: ANY_NUMBER, reason: "" }),
};

function faultsIn(row: TaskRow): string[] {
  const faults = Object.entries(FIELDS)
    .filter(([name, shape]) => !fits(row[name as keyof TaskRow], shape))
    .map(([name]) => name);
  // Both `live` and `state` are in doubt; a row without `state` counts as running, so that the daemon ends it.
  if (faults.length === 0 && row.live !== undefined && isFinished(row.state)) faults.push("state");
  return faults;
}

/**
 * Returns a row that was read from disk as it is if it makes sense; if not, its sound fields with a failure that says so:
 * the daemon gives the task up, and the row neither stops the daemon nor keeps a session from being opened.
 */
export function soundRow(row: TaskRow): TaskRow {
  const faults = faultsIn(row);
  if (faults.length === 0) return row;
  const kept = Object.fromEntries(Object.entries(row).filter(([name]) => !faults.includes(name)));
  const message = `The stored task is damaged (${faults.join(", ")}). Make it again.`;
  return { ...(NEUTRAL as object), failure: { code: "storage-lost", message }, ...kept } as TaskRow;
}

/** Reads the row of a task; undefined if there is none. */
export async function getTask(
  tx: ReadTransaction | WriteTransaction,
  session: string,
  key: string,
): Promise<TaskRow | undefined> {
  const row = await tx.objectStore("tasks").get([session, key]);
  return row && soundRow(row);
}
