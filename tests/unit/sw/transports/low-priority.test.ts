import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import type { Run } from "../../../../src/sw/ports/transport.ts";
import { requestOf } from "../../../../src/sw/transports/task-request.ts";
import { uploadRequest } from "../../../../src/sw/transports/upload-request.ts";
import { taskRow } from "../../../support/task-row.ts";

/** The priorities that requests are made with: a `Request` does not tell. */
let priorities: (string | undefined)[];
beforeEach(() => {
  priorities = [];
  const Real = Request;
  const noting = class extends Real {
    constructor(input: RequestInfo | URL, init: RequestInit = {}) {
      super(input, init);
      priorities.push(init.priority);
    }
  };
  vi.stubGlobal("Request", noting);
});
afterEach(() => void vi.unstubAllGlobals());

const { signal } = new AbortController();

it.each([
  [true, "low"],
  [false, undefined],
] as const)(
  "if a task is discretionary (%s), its requests have the priority %s",
  (isDiscretionary, priority) => {
    const configuration = { ...DEFAULT_CONFIGURATION, isDiscretionary };
    const row = taskRow({ url: "https://app.test/file" });
    const run = { row, configuration, host: { origin: "https://app.test" }, limit: () => undefined };
    const asked = { offset: 0, file: undefined, isRanged: true };
    requestOf(run as unknown as Run, asked as never, undefined, signal);
    uploadRequest(row, configuration, { url: row.request.url, method: "PATCH", headers: {} }, signal);
    expect(priorities).toEqual([priority, priority]);
  },
);
