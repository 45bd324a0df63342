import type { RequestRecord } from "../../src/protocol/request-record.ts";
import type { FileRow, TaskRow } from "../../src/store/schema.ts";
import { changed, type TaskChange } from "../../src/store/tasks.ts";

let count = 0;

/** A file of 100 bytes, the rest of which can be asked for. */
export const PROVED_FILE: FileRow = {
  fileId: "key/0",
  total: 100,
  isTotalSure: true,
  validator: { kind: "etag", value: '"1"' },
  isSameOrigin: true,
};

export interface RowOptions extends TaskChange {
  readonly url?: string;
  readonly method?: string;
}

export function requestRecord(url: string, method = "GET"): RequestRecord {
  return {
    url,
    method,
    headers: {},
    mode: "cors",
    credentials: "same-origin",
    cache: "default",
    redirect: "follow",
    referrer: "about:client",
    referrerPolicy: "",
    integrity: "",
  };
}

/** The row of a running download that has not begun; `options` override its properties. */
export function taskRow({ url = "https://app.test/file", method, ...change }: RowOptions = {}): TaskRow {
  count += 1;
  const session = change.session ?? "session";
  const order = change.order ?? count;
  const key = change.key ?? `key-${count}`;
  const row: TaskRow = {
    session,
    key,
    id: key,
    kind: "download",
    state: "running",
    order,
    live: [session, order],
    createdAt: 0,
    request: requestRecord(url, method),
    priority: 0.5,
    deadline: 604_800_000,
    attempts: 0,
    failures: 0,
    bytesReceived: 0,
    bytesExpected: -1,
    farthest: 0,
  };
  return changed(row, change);
}

/** A row that the app can find by its id. */
export function namedRow(id: string, options: RowOptions = {}): TaskRow {
  return taskRow({ id, named: [options.session ?? "session", id], ...options });
}
