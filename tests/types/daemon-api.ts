import { type LogEntry, startDaemon } from "../../src/sw/index.ts";

// Checked by the compiler alone, with the types of a worker: see tests/tsconfig.sw.json.

startDaemon();
startDaemon({ onlog: ({ level, message }: LogEntry) => `${level} ${message}` });
// @ts-expect-error There is no such option.
startDaemon({ onLog: () => {} });
// @ts-expect-error An entry is no string.
startDaemon({ onlog: (entry: string) => entry });
