import { isRecord } from "../protocol/checks.ts";
import { isFinished, TASK_STATES } from "../protocol/task-state.ts";
import type { ReadTransaction, WriteTransaction } from "./database.ts";
import type { TaskRow } from "./schema.ts";

type Fits = (value: unknown) => boolean;

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber: Fits = (value) => typeof value === "number" && !Number.isNaN(value);
const isFlag: Fits = (value) => typeof value === "boolean";
const isCount: Fits = (value) => isNumber(value) && Number(value) >= 0;
const isWebAddress: Fits = (value) =>
  isText(value) && /^https?:/.test(URL.parse(String(value))?.protocol ?? "");
const isTexts: Fits = (value) => isRecord(value) && Object.values(value).every(isText);

/** May be absent. */
function maybe(fits: Fits): Fits {
  return (value) => value === undefined || fits(value);
}

function listOf(fits: Fits): Fits {
  return (value) => Array.isArray(value) && value.every(fits);
}

function recordOf(fields: Readonly<Record<string, Fits>>): Fits {
  return (value) => isRecord(value) && Object.entries(fields).every(([name, fits]) => fits(value[name]));
}

const isResponse = recordOf({ url: isText, status: isCount, headers: isTexts });

/** What the program relies on in each field of a row; whatever else is there does no harm. */
const FIELDS: { readonly [Field in keyof TaskRow]?: Fits } = {
  id: isText,
  kind: (value) => ["download", "upload", "data"].some((known) => known === value),
  // `canceling` is never written down.
  state: (value) => value !== "canceling" && TASK_STATES.some((known) => known === value),
  order: isNumber,
  priority: isNumber,
  createdAt: isNumber,
  attempts: isCount,
  failures: isCount,
  bytesReceived: isCount,
  bytesExpected: isNumber,
  farthest: isCount,
  request: recordOf({ url: isWebAddress, method: isText, headers: isTexts }),
  bodyOf: maybe(isText),
  description: maybe(isText),
  earliestBeginDate: maybe(isNumber),
  deadline: maybe(isNumber),
  timeLeftMs: maybe(isNumber),
  waitStatuses: maybe(listOf(isNumber)),
  suspectedBlocks: maybe(isNumber),
  turnBacks: maybe(isNumber),
  idempotencyKey: maybe(isText),
  retry: maybe(recordOf({ limit: isNumber, unsafe: isFlag })),
  completion: maybe(recordOf({ handler: isText })),
  notification: maybe(recordOf({ title: isText })),
  backoff: maybe(recordOf({ since: isNumber, tries: isNumber, jitter: isNumber, floorMs: isNumber })),
  hold: maybe(recordOf({ asksAgain: isFlag })),
  file: maybe(
    recordOf({
      fileId: isText,
      total: maybe(isCount),
      isTotalSure: isFlag,
      validator: maybe(recordOf({ kind: isText, value: isText })),
      tag: maybe(isText),
    }),
  ),
  upload: maybe(
    recordOf({
      sizeBytes: maybe(isCount),
      bytesAcknowledged: isCount,
      metadata: maybe(isTexts),
      connections: maybe(isCount),
      parts: maybe(
        listOf(
          recordOf({
            start: isCount,
            end: isCount,
            offset: isCount,
            reach: isCount,
            url: maybe(isWebAddress),
          }),
        ),
      ),
      answer: maybe(isResponse),
    }),
  ),
  response: maybe(isResponse),
  failure: maybe(recordOf({ code: isText, message: isText })),
  backgroundFetch: maybe(recordOf({ id: isText, start: isCount, startedAt: isNumber, reason: isText })),
};

/** Takes the place of what is lost. */
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

function faultsIn(row: TaskRow): string[] {
  const faults = Object.keys(FIELDS).filter((name) => {
    const field = name as keyof TaskRow;
    return FIELDS[field]?.(row[field]) === false;
  });
  // With the one the other is taken away: it was not finished here.
  if (faults.length === 0 && row.live !== undefined && isFinished(row.state)) faults.push("state");
  return faults;
}

/**
 * Returns a row that was read from disk as it is, where it makes sense. Of any other it returns what does, with a
 * failure that says so: it is given up, and neither stops the daemon nor keeps a session from being opened.
 */
export function soundRow(row: TaskRow): TaskRow {
  const faults = faultsIn(row);
  if (faults.length === 0) return row;
  const kept = Object.fromEntries(Object.entries(row).filter(([name]) => !faults.includes(name)));
  const message = `The stored task is damaged (${faults.join(", ")}) and was given up. Make it again.`;
  return { ...(NEUTRAL as object), failure: { code: "storage-lost", message }, ...kept } as TaskRow;
}

/** Reads the row of a task; undefined where there is none. */
export async function getTask(
  tx: ReadTransaction | WriteTransaction,
  session: string,
  key: string,
): Promise<TaskRow | undefined> {
  const row = await tx.objectStore("tasks").get([session, key]);
  return row && soundRow(row);
}
