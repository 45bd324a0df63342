import { destinations } from "../../src/sw/destinations/index.ts";
import { type LogEntry, type SendingTask, startDaemon } from "../../src/sw/index.ts";
import { ietf } from "../../src/sw/uploads/ietf/index.ts";
import { s3 } from "../../src/sw/uploads/s3/index.ts";
import { tus } from "../../src/sw/uploads/tus/index.ts";

// Checked by the compiler alone, with the types of a worker: see tests/tsconfig.sw.json.

startDaemon();
startDaemon({ onlog: ({ level, message }: LogEntry) => `${level} ${message}` });
// @ts-expect-error There is no such option.
startDaemon({ onLog: () => {} });
// @ts-expect-error An entry is no string.
startDaemon({ onlog: (entry: string) => entry });
startDaemon({ uploadProtocols: [tus, ietf] });
startDaemon({ uploadProtocols: [s3({ sign: ({ method }) => ({ url: `/sign?${method}` }) })] });
// @ts-expect-error It makes a protocol, and is none.
startDaemon({ uploadProtocols: [s3] });
// @ts-expect-error Nobody signs.
s3({ partSize: 5_242_880 });
startDaemon({ destinations });
// @ts-expect-error It is a part, not a word.
startDaemon({ destinations: "cache" });
// @ts-expect-error A protocol is an object, not its name.
startDaemon({ uploadProtocols: ["tus"] });
startDaemon({
  async willSend(request: Request, task: SendingTask) {
    if (task.context === undefined) return "wait";
    return request.url.endsWith("/signed") ? new Request("/b", request) : { Authorization: "Bearer" };
  },
});
// @ts-expect-error There is no such word.
startDaemon({ willSend: () => "later" });
