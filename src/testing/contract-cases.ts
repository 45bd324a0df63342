import { namesOf } from "../protocol/names.ts";
import { Database } from "../store/database.ts";
import { type ContractSetting, ContractUpload, type Fate, type Mishap } from "./contract-upload.ts";
import { assert } from "./node-builtins.ts";
import type { UploadContractOptions } from "./upload-contract-options.ts";

interface Case {
  readonly name: string;
  readonly play: (options: UploadContractOptions) => Promise<void>;
}

/** A status of each kind. */
const STATUSES = [200, 201, 204, 400, 401, 403, 404, 408, 409, 410, 412, 413, 423, 429, 500, 501, 503];
/** What a server may say in place of what the protocol expects. */
const TEXTS = ["", "null", "{}", "[-1, 1e9, null]", '"?"', "<p>?</p>"];
/** The server has a part of the body after this many requests, whatever the protocol. */
const EARLY = 2;
const MANY = 3;

/** What every upload protocol promises. */
export const CONTRACT_CASES: readonly Case[] = [
  {
    name: "the server gets the whole body, once",
    play: (options) => uploaded(options, {}),
  },
  {
    name: "an empty body is an upload too",
    play: (options) => uploaded(options, { sizeBytes: 0 }),
  },
  {
    name: "a body of one byte is an upload too",
    play: (options) => uploaded(options, { sizeBytes: 1 }),
  },
  {
    name: "the server gets the whole body over several connections, once",
    play: (options) => uploaded(options, { connections: MANY }),
  },
  {
    name: "the progress never falls, and ends with the size of the body",
    play: (options) =>
      uploaded(options, {}, ({ counts, body }) => {
        assert.deepEqual(
          counts,
          [...counts].sort((a, b) => a - b),
          "countOfBytesSent has fallen",
        );
        assert.equal(counts.at(-1), body.byteLength, "countOfBytesSent at the end");
      }),
  },
  atEach("a request that does not arrive is sent again", "request lost"),
  atEach("an answer that is lost does no harm", "answer lost"),
  atEach("the worker may be killed before the server acts", "killed before the server acts"),
  atEach("the worker may be killed after the server has acted", "killed after the server has acted"),
  atEach("a busy server is asked again", () => new Response("busy", { status: 503 })),
  {
    name: "several failures in one upload do no harm",
    async play(options) {
      const mishaps: readonly Mishap[] = ["answer lost", "request lost", "killed after the server has acted"];
      for (const connections of [1, MANY])
        await uploaded(options, { connections, fate: (number) => mishaps[number - EARLY] ?? "none" });
    },
  },
  {
    name: "a success that the server did not give is not believed",
    async play(options) {
      await eachRequest(options, async (at) => {
        const page = () => new Response("<p>Sign in", { headers: { "content-type": "text/html" } });
        await ContractUpload.during(options, {}, async (upload) => {
          await upload.finish((number) => (number === at ? page() : "none"));
          if (upload.task.error === undefined && upload.task.response?.ok) await upload.expectWhole();
        });
      });
    },
  },
  {
    name: "an upload that the server has lost begins anew",
    play: (options) =>
      begun(options, async (upload) => {
        await upload.real(upload.server.forget());
        await upload.world.killWorker();
        await upload.finish();
        await upload.expectSuccess();
      }),
  },
  {
    name: "a stored state of another version is not used",
    play: (options) =>
      begun(options, async (upload) => {
        await changeStoredState(upload, { version: -1 });
        await upload.world.killWorker();
        await upload.finish();
        await upload.expectSuccess();
      }),
  },
  {
    name: "a cancelled upload is removed from the server",
    play: (options) =>
      begun(options, async (upload) => {
        const { server, world, task } = upload;
        await world.until(task.cancel());
        while (await upload.meet(() => "none"));
        assert.equal(await upload.real(server.unfinished()), 0, "unfinished uploads on the server");
      }),
  },
  {
    name: "the upload ends, whatever the server says to a new worker",
    async play(options) {
      for (const text of TEXTS)
        await begun(options, async (upload) => {
          await upload.world.killWorker();
          await upload.finish(() => new Response(text));
          expectNoBug(upload);
        });
    },
  },
  ...STATUSES.map((status) => answering(status, 1)),
  ...STATUSES.map((status) => answering(status, EARLY + 1)),
];

/** Sends a body, and checks that it has arrived. */
async function uploaded(
  options: UploadContractOptions,
  { fate, ...setting }: ContractSetting & { readonly fate?: Fate },
  check: (upload: ContractUpload) => void = () => {},
): Promise<void> {
  await ContractUpload.during(options, setting, async (upload) => {
    await upload.finish(fate);
    await upload.expectSuccess();
    check(upload);
  });
}

/** Begins an upload, so that the server has a part of it. */
async function begun(
  options: UploadContractOptions,
  use: (upload: ContractUpload) => Promise<void>,
): Promise<void> {
  await ContractUpload.during(options, {}, async (upload) => {
    for (let number = 1; number <= EARLY; number += 1) await upload.meet(() => "none");
    await use(upload);
  });
}

/** What a protocol throws ends the task with `internal`. */
function expectNoBug({ task: { error } }: ContractUpload): void {
  assert.notEqual(error?.code, "internal", error?.message);
}

/** From a request on, the server answers everything with one status. */
function answering(status: number, from: number): Case {
  return {
    name: `the upload ends if the server answers everything from request ${from} on with ${status}`,
    play: (options) =>
      ContractUpload.during(options, {}, async (upload) => {
        const answer = () => new Response(status === 204 ? null : "?", { status });
        await upload.finish((number) => (number < from ? "none" : answer()));
        expectNoBug(upload);
      }),
  };
}

/** Something goes wrong once: at the first request, then in another upload at the second, and so on. */
function atEach(name: string, mishap: Exclude<Mishap, Response> | (() => Response)): Case {
  return {
    name: `${name}, whichever it is`,
    play: (options) =>
      eachRequest(options, (at) => {
        const fate: Fate = (number) =>
          number !== at ? "none" : typeof mishap === "function" ? mishap() : mishap;
        return uploaded(options, { fate }).catch((error: Error) => {
          error.message = `at request ${at}: ${error.message}`;
          throw error;
        });
      }),
  };
}

/** @param play gets the number of a request of an upload in which nothing goes wrong */
async function eachRequest(
  options: UploadContractOptions,
  play: (number: number) => Promise<void>,
): Promise<void> {
  let requests = 0;
  await uploaded(options, {}, (upload) => {
    requests = upload.requests;
  });
  for (let number = 1; number <= requests; number += 1) await play(number);
}

/** Writes another state on disk in place of what the protocol has stored. */
async function changeStoredState({ world, task }: ContractUpload, state: unknown): Promise<void> {
  const database = new Database(namesOf(world.scope).database);
  await world.until(
    database.write(["tasks"], "strict", async (tx) => {
      const store = tx.objectStore("tasks");
      const row = (await store.getAll()).find(({ id }) => id === task.id);
      if (row?.upload === undefined) throw new Error("The upload is not on disk.");
      const { parts: _, ...upload } = row.upload;
      await store.put({ ...row, upload: { ...upload, state } });
    }),
  );
  database.close();
}
