import { afterEach, describe, expect, it } from "vitest";
import type { ResponseRow } from "../../src/store/schema.ts";
import { tus } from "../../src/sw/uploads/tus/index.ts";
import { useDatabases } from "../support/fake-database.ts";
import { FullTusServer } from "../support/full-tus-server.ts";
import { HookedTusServer, refusal, type TusOptions } from "../support/hooked-tus-server.ts";
import { type BenchSetting, type UploadBench, uploadBench } from "../support/upload-bench.ts";
import type { Fault, Handler } from "../support/upload-line.ts";

/** Every status with which an app may refuse and which the protocol, a proxy or our retry policy gives a meaning. */
const REFUSALS = [
  400, 401, 403, 404, 408, 409, 410, 412, 413, 415, 422, 423, 425, 429, 460, 500, 502, 503, 504, 507,
];
/** One chunk, and several. */
const SIZES = [1_000, 1_000_000];

function textOf(response: ResponseRow | undefined): string {
  return new TextDecoder().decode(response?.body);
}

let hosts = 0;

describe("a refusal is attributed to the app or to the protocol, even if both use the same status (tus)", () => {
  const newDatabase = useDatabases();
  const servers: HookedTusServer[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  async function hooked(options: TusOptions = {}): Promise<HookedTusServer> {
    const server = await HookedTusServer.start(options);
    servers.push(server);
    return server;
  }

  function bench(handle: Handler, { row, ...setting }: BenchSetting = {}): Promise<UploadBench> {
    // The library remembers a server's extensions by URL.
    hosts += 1;
    return uploadBench(newDatabase(), tus, handle, {
      ...setting,
      row: { url: `https://app.test/tus-${hosts}`, ...row },
    });
  }

  describe("a finish hook that refuses is the app's answer, and the file is sent once", () => {
    for (const status of REFUSALS) {
      it.each(SIZES)(`${status}, a file of %d bytes`, async (sizeBytes) => {
        const server = await hooked({
          onUploadFinish: () => {
            throw refusal(status);
          },
        });
        const { finish, row } = await bench(server.handle, { sizeBytes });
        expect(await finish()).toMatchObject([{ kind: "finished", response: { status } }]);
        const { response, failure, upload } = await row();
        expect([response?.status, textOf(response), failure]).toEqual([
          status,
          `refused with ${status}`,
          undefined,
        ]);
        expect(upload?.answer).toBeUndefined();
        expect(server).toMatchObject({ created: 1, finished: 1, bytesSent: sizeBytes });
      });
    }
  });

  it.each([200, 201, 202])(
    "a finish hook that answers %d is the answer, even for an empty file",
    async (status) => {
      for (const sizeBytes of [0, ...SIZES]) {
        const server = await hooked({
          onUploadFinish: async () => ({ status_code: status, body: "photo 7" }),
        });
        const { finish, row } = await bench(server.handle, { sizeBytes });
        expect(await finish()).toMatchObject([{ kind: "finished", response: { status } }]);
        expect(textOf((await row()).response)).toBe("photo 7");
        expect(server).toMatchObject({ created: 1, finished: 1, bytesSent: sizeBytes });
      }
    },
  );

  it("an answer beyond 64 KiB arrives whole", async () => {
    const body = "x".repeat(200_000);
    const server = await hooked({
      onUploadFinish: () => {
        throw refusal(409, body);
      },
    });
    const { finish, row } = await bench(server.handle);
    expect(await finish()).toMatchObject([
      { kind: "finished", response: { status: 409 }, bytesReceived: 200_000 },
    ]);
    expect(await row()).toMatchObject({ bytesReceived: 200_000, file: { fileId: expect.any(String) } });
  });

  describe("a finish hook that refuses and removes the upload: it is not sent again, and nothing is lost", () => {
    async function removing(status: number, sizeBytes: number) {
      const server: HookedTusServer = await hooked({
        onUploadFinish: async (_, { id }) => {
          await server.remove(id);
          throw refusal(status);
        },
      });
      return { server, ...(await bench(server.handle, { sizeBytes })) };
    }

    it.each(REFUSALS)("%d, after the upload had answered before", async (status) => {
      for (const sizeBytes of [1_000, 2_000_000]) {
        const { server, finish, row } = await removing(status, sizeBytes);
        expect(await finish()).toMatchObject([{ kind: "finished", response: { status } }]);
        expect(textOf((await row()).response)).toBe(`refused with ${status}`);
        expect(server).toMatchObject({ created: 1, finished: 1, bytesSent: sizeBytes });
      }
    });

    it.each(REFUSALS)("%d, to the first request at its URL", async (status) => {
      // The first chunk goes with the creation, the second one is the last.
      const { server, finish, row } = await removing(status, 1_000_000);
      const isAbsent = status === 404 || status === 410;
      expect(await finish()).toMatchObject([{ kind: isAbsent ? "failed" : "finished" }]);
      const { response, failure } = await row();
      // The URL may just as well be wrong: the task says so, and has the answer as well.
      expect(failure?.code).toBe(isAbsent ? "bad-response" : undefined);
      expect([response?.status, textOf(response)]).toEqual([status, `refused with ${status}`]);
      expect(server).toMatchObject({ created: 1, finished: 1, bytesSent: 1_000_000 });
    });
  });

  describe("the worker may be stopped, and the connection may break, while the server is asked who refused", () => {
    const hindrances: [string, () => Fault][] = [
      ["no answer", () => ({ kind: "down" })],
      ["an answer that is lost", () => ({ kind: "answer-lost" })],
      ["a busy server", () => ({ kind: "answer", response: new Response(null, { status: 503 }) })],
      ["a captive portal's page", () => ({ kind: "answer", response: new Response(null, { status: 200 }) })],
    ];
    const refusals = REFUSALS.filter((status) => ![400, 401, 403, 412, 415, 422, 507].includes(status));

    async function refusing(status: number) {
      const server = await hooked({
        onUploadFinish: () => {
          throw refusal(status);
        },
      });
      return { server, ...(await bench(server.handle)) };
    }

    async function expectRefusal(
      { row, server }: UploadBench & { server: HookedTusServer },
      status: number,
    ): Promise<void> {
      const { response, failure, upload } = await row();
      expect([response?.status, textOf(response), failure]).toEqual([
        status,
        `refused with ${status}`,
        undefined,
      ]);
      expect(upload?.answer).toBeUndefined();
      expect(server).toMatchObject({ created: 1, finished: 1, bytesSent: 1_000_000 });
    }

    it.each(refusals)("%d: stopped before or after the server has answered", async (status) => {
      for (const hasActed of [false, true]) {
        const it = await refusing(status);
        await new Promise<void>((resolve) => {
          it.line.faultAt = ({ method }) =>
            method === "HEAD" ? { kind: "killed", hasActed, onKill: resolve } : undefined;
          void it.attempt();
        });
        expect((await it.row()).upload?.answer).toMatchObject({ status });
        it.line.faultAt = () => undefined;
        await it.finish();
        await expectRefusal(it, status);
      }
    });

    it.each(hindrances)("%s", async (_, fault) => {
      for (const status of [404, 409, 503]) {
        const it = await refusing(status);
        let heads = 0;
        it.line.faultAt = ({ method }) => {
          if (method === "HEAD") heads += 1;
          return method === "HEAD" && heads === 1 ? fault() : undefined;
        };
        expect((await it.finish()).length).toBe(2);
        await expectRefusal(it, status);
      }
    });

    it("a status at which the task waits: the hook's answer is kept until the task goes on", async () => {
      const it = await refusing(403);
      const waiting = await uploadBench(newDatabase(), tus, it.server.handle, {
        configuration: { waitStatuses: [403] },
      });
      expect(await waiting.attempt()).toMatchObject({ kind: "withheld", status: 403 });
      await waiting.finish();
      await expectRefusal({ ...waiting, server: it.server }, 403);
    });
  });

  describe("a proxy or the protocol refuses a chunk that the server does not have: it is sent again", () => {
    const passing = [408, 409, 413, 423, 425, 429, 460, 500, 502, 503, 504, 404, 410];

    it.each(passing)("%d to the last chunk", async (status) => {
      for (const sizeBytes of SIZES) {
        const server = await hooked();
        const { finish, row, line } = await bench(server.handle, { sizeBytes });
        let isRefused = false;
        line.faultAt = ({ method, headers }) => {
          const isLast =
            method === "PATCH" && headers.get("upload-offset") === (sizeBytes > 1_000 ? "262144" : "0");
          if (!isLast || isRefused) return undefined;
          isRefused = true;
          return { kind: "answer", response: new Response("proxy", { status }) };
        };
        expect((await finish()).at(-1)).toMatchObject({ kind: "finished", response: { status: 204 } });
        expect((await row()).failure).toBeUndefined();
        expect(server).toMatchObject({ created: 1, finished: 1, bytesSent: sizeBytes });
      }
    });

    it.each(REFUSALS)(
      "onIncomingRequest refuses every PATCH with %d: the task ends, and nothing is created twice",
      async (status) => {
        const server = await hooked({
          onIncomingRequest: async ({ method }) => {
            if (method === "PATCH") throw refusal(status);
          },
        });
        const { finish, row, line } = await bench(server.handle, { sizeBytes: 300_000 });
        await finish();
        const { response, failure } = await row();
        // For a chunk that the server lacks, only the protocol answers 409 and 460.
        if (status === 409 || status === 460) expect(failure?.code).toBe("bad-response");
        else expect([response?.status, textOf(response)]).toEqual([status, `refused with ${status}`]);
        expect(server).toMatchObject({ created: 1, finished: 0 });
        expect(line.requests.length).toBeLessThan(70);
      },
    );

    it.each(REFUSALS)(
      "onUploadCreate refuses with %d: that is the answer, and there is no upload",
      async (status) => {
        const server = await hooked({
          onUploadCreate: () => {
            throw refusal(status);
          },
        });
        const { finish, row } = await bench(server.handle);
        await finish();
        const { response } = await row();
        expect([response?.status, textOf(response)]).toEqual([status, `refused with ${status}`]);
        expect(server).toMatchObject({ created: 0, finished: 0 });
      },
    );
  });

  it.each([409, 423])(
    "%d to bytes that had already arrived is not the answer: the first answer was lost",
    async (status) => {
      const server = await hooked({ onUploadFinish: async () => ({ status_code: 200, body: "photo 7" }) });
      const { finish, attempt, row, line } = await bench(server.handle, { sizeBytes: 1_000 });
      // The first request is delayed in flight, and arrives after the daemon has asked for the offset.
      let late: Request | undefined;
      line.faultAt = (request) => {
        if (request.method !== "PATCH") return undefined;
        late = request.clone();
        return { kind: "down" };
      };
      await attempt();
      line.faultAt = ({ method }, number) =>
        method === "PATCH"
          ? { kind: "answer", response: new Response(`is ${number}`, { status }) }
          : undefined;
      const heads = () => line.talk.filter((word) => word === "HEAD").length;
      const before = heads();
      const original = line.faultAt;
      line.faultAt = (request, number) => {
        if (request.method === "PATCH" && heads() === before + 1 && late !== undefined) {
          const headers = new Headers(late.headers);
          headers.set("content-length", "1000");
          const arrived = new Request(late, { headers });
          late = undefined;
          void server.handle(arrived);
        }
        return original(request, number);
      };
      await new Promise((resolve) => setTimeout(resolve, 50));
      await finish();
      expect((await row()).response?.status).toBe(200);
      expect(server).toMatchObject({ created: 1, finished: 1 });
    },
  );

  it("an upload that expired after its last chunk was refused starts over", async () => {
    const server = await hooked({
      onUploadFinish: () => {
        if (server.finished === 1) throw refusal(503);
        return Promise.resolve({ status_code: 200 });
      },
    });
    const { attempt, finish, row, line } = await bench(server.handle);
    line.faultAt = ({ method }) => (method === "HEAD" ? { kind: "down" } : undefined);
    await attempt();
    await server.forgetAll();
    line.faultAt = () => undefined;
    expect((await finish()).map(({ kind }) => kind)).toEqual(["restart", "finished"]);
    expect((await row()).response?.status).toBe(200);
    expect(server.created).toBe(2);
  });

  describe("parts that the server refuses to join", () => {
    async function parallel(status: number, onFinal: (server: FullTusServer) => void = () => {}) {
      const server = new FullTusServer();
      let finals = 0;
      const handle: Handler = async (request) => {
        if (!request.headers.get("upload-concat")?.startsWith("final;")) return server.handle(request);
        finals += 1;
        if (finals > 1) return server.handle(request);
        onFinal(server);
        return new Response("no album", { status });
      };
      return {
        server,
        finals: () => finals,
        ...(await bench(handle, { sizeBytes: 3_000_000, connections: 2 })),
      };
    }

    it.each([404, 409, 410])("%d, and all of them exist: it is the app's answer", async (status) => {
      const { finish, row, finals, line } = await parallel(status);
      expect(await finish()).toMatchObject([{ kind: "finished", response: { status } }]);
      expect(textOf((await row()).response)).toBe("no album");
      expect(finals()).toBe(1);
      const patches = line.talk.filter((word) => word.startsWith("PATCH"));
      expect(line.requests.filter(({ method }) => method === "POST")).toHaveLength(3);
      expect(patches.length).toBeLessThan(10);
    });

    it("404, and the worker is stopped while it checks whether they exist", async () => {
      const { attempt, finish, row, finals, line } = await parallel(404);
      await new Promise<void>((resolve) => {
        line.faultAt = ({ method }) =>
          method === "HEAD" ? { kind: "killed", hasActed: false, onKill: resolve } : undefined;
        void attempt();
      });
      line.faultAt = () => undefined;
      await finish();
      expect([(await row()).response?.status, finals()]).toEqual([404, 1]);
    });

    it("404, and one of them is gone: the upload starts over", async () => {
      const { finish, row } = await parallel(404, ({ uploads }) => uploads.delete("/tus/1"));
      expect((await finish()).map(({ kind }) => kind)).toEqual(["restart", "finished"]);
      expect((await row()).response?.status).toBe(201);
    });

    it.each([409, 500, 410])(
      "a part that is refused with %d at its end and is whole is joined with the others",
      async (status) => {
        const server = new FullTusServer();
        let isRefused = false;
        const handle: Handler = async (request) => {
          const response = await server.handle(request);
          if (request.method !== "PATCH" || isRefused || !isWhole(server, request)) return response;
          isRefused = true;
          return new Response("no", { status });
        };
        const { finish, row } = await bench(handle, { sizeBytes: 3_000_000, connections: 2 });
        expect(await finish()).toMatchObject([{ kind: "finished", response: { status: 201 } }]);
        expect([isRefused, (await row()).failure]).toEqual([true, undefined]);
      },
    );
  });

  it("an upload that is not at the URL that its creation returned ends the task after one attempt and says what to do", async () => {
    const prefixed: [string, TusOptions][] = [
      ["a path without the prefix", { path: "/tus", relativeLocation: true }],
      ["a URL without the prefix", { path: "/tus", relativeLocation: false, respectForwardedHeaders: true }],
    ];
    for (const sizeBytes of SIZES) {
      for (const [name, options] of prefixed) {
        const server = await hooked(options);
        const { finish, row } = await bench(stripping(server.handle), {
          sizeBytes,
          row: { url: "https://app.test/api/tus" },
        });
        expect(await finish(), name).toMatchObject([{ kind: "failed" }]);
        const { failure } = await row();
        expect(failure?.code).toBe("bad-response");
        expect(failure?.message).toMatch(/named https:\/\/app.test\/tus\/\w+ .* answer there is 404.*prefix/);
        expect(server).toMatchObject({ created: 1, finished: 0 });
      }
      const server = await hooked({ generateUrl: (_, { path, id }) => `/api${path}/${id}` });
      const { finish } = await bench(stripping(server.handle), {
        sizeBytes,
        row: { url: "https://app.test/api/tus" },
      });
      expect(await finish()).toMatchObject([{ kind: "finished", response: { status: 204 } }]);
      expect(server).toMatchObject({ created: 1, finished: 1, bytesSent: sizeBytes });
    }
  });

  it("an upload whose first chunk got no answer ends the task after a few uploads that the server does not know", async () => {
    for (const [sizeBytes, created] of [
      [1_000, 1],
      [1_000_000, 2],
    ] as const) {
      const server = await hooked({ path: "/tus" });
      const row = { url: `https://app-${hosts}.test/api/tus` };
      const { finish, line } = await bench(stripping(server.handle), { sizeBytes, row });
      line.faultAt = ({ method }) => (method === "PATCH" ? { kind: "answer-lost" } : undefined);
      expect((await finish()).at(-1)).toMatchObject({ kind: "failed", failure: { code: "bad-response" } });
      expect(server).toMatchObject({ created, finished: 0 });
    }
  });

  it("an upload that one of several servers does not know yet is queried once more", async () => {
    for (const sizeBytes of SIZES) {
      const server = await hooked();
      const { finish, line } = await bench(server.handle, { sizeBytes });
      let isFirst = true;
      line.faultAt = ({ method }) => {
        if (method !== "PATCH" || !isFirst) return undefined;
        isFirst = false;
        return { kind: "answer", response: new Response("unknown", { status: 404 }) };
      };
      expect(await finish()).toMatchObject([{ kind: "finished", response: { status: 204 } }]);
      expect(server).toMatchObject({ created: 1, finished: 1, bytesSent: sizeBytes });
    }
  });

  it("an upload that answered in an earlier run and is gone starts over", async () => {
    const server = await hooked();
    const { attempt, finish, line } = await bench(server.handle, { sizeBytes: 1_000 });
    line.faultAt = ({ method }) => (method === "PATCH" ? { kind: "down" } : undefined);
    await attempt();
    await server.forgetAll();
    line.faultAt = () => undefined;
    expect((await finish()).map(({ kind }) => kind)).toEqual(["restart", "finished"]);
    expect(server).toMatchObject({ created: 2, finished: 1, bytesSent: 1_000 });
  });

  it("a locker that gives up is waited for, and the file is sent once", async () => {
    let tries = 0;
    const server = await hooked({
      locker: {
        newLock: () => ({
          lock: async () => {
            tries += 1;
            // The creation takes the first lock.
            if (tries === 2) throw refusal(423, "locked");
          },
          unlock: async () => {},
        }),
      },
    });
    const { finish } = await bench(server.handle, { sizeBytes: 1_000 });
    expect((await finish()).map(({ kind }) => kind)).toEqual(["refused", "finished"]);
    expect(server).toMatchObject({ created: 1, finished: 1 });
  });
});

/** A proxy that strips /api from the path and knows nothing else. */
function stripping(handle: Handler): Handler {
  return async (request) => {
    const url = new URL(request.url);
    if (!url.pathname.startsWith("/api/")) return new Response("nothing here", { status: 404 });
    url.pathname = url.pathname.slice(4);
    const body = request.method === "HEAD" ? undefined : await request.arrayBuffer();
    const headers = new Headers(request.headers);
    headers.set("x-forwarded-host", url.host);
    headers.set("x-forwarded-proto", "https");
    headers.set("host", "internal.test");
    const { method } = request;
    return handle(new Request(url, { method, headers, ...(body?.byteLength && { body }) }));
  };
}

function isWhole({ uploads }: FullTusServer, { url }: Request): boolean {
  const upload = uploads.get(new URL(url).pathname);
  return upload !== undefined && upload.bytes.length === upload.length;
}
