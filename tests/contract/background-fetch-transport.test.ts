import type { TaskRow } from "../../src/store/schema.ts";
import { backgroundFetchTransport } from "../../src/sw/background-fetch/background-fetch-transport.ts";
import { BackgroundFetches } from "../../src/sw/background-fetch/background-fetches.ts";
import { FakeBackgroundFetch } from "../support/fake-background-fetch.ts";
import type { RangeServer } from "../support/range-server.ts";
import { type Carrier, transportContract } from "./transport-contract.ts";

let count = 0;

/** Before each attempt the browser is asked to fetch what is not on disk yet; its event stays open. */
function carrier(server: RangeServer): Carrier {
  const browser = new FakeBackgroundFetch(server.fetch, async (ended) => {
    fetches.arrived(ended);
    await new Promise(() => {});
  });
  const fetches = new BackgroundFetches(browser);
  const before = async (row: TaskRow): Promise<TaskRow> => {
    count += 1;
    const id = `background-session:${count}`;
    const { validator } = row.file ?? {};
    const start = validator?.kind === "etag" ? row.bytesReceived : 0;
    const proof = start > 0 && { range: `bytes=${start}-`, "if-range": validator?.value ?? "" };
    const { url, method } = row.request;
    await browser.fetch(id, [new Request(url, { method, headers: { ...proof } })]);
    return { ...row, backgroundFetch: { id, start, reason: "asked-for", startedAt: 0 } };
  };
  return { transport: backgroundFetchTransport(fetches), before };
}

transportContract("backgroundFetchTransport", carrier);
