import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { IetfUploads } from "../../server/uploads/ietf-uploads.ts";
import { tusUploads } from "../../server/uploads/tus-uploads.ts";
import type { UploadServer } from "../../server/uploads/upload-server.ts";
import type { WillSend } from "../../src/sw/sending/will-send.ts";
import { ietf } from "../../src/sw/uploads/ietf/index.ts";
import { tus } from "../../src/sw/uploads/tus/index.ts";
import { useDatabases } from "../support/fake-database.ts";
import { type BenchSetting, uploadBench } from "../support/upload-bench.ts";

/** The target to which a method's requests are redirected; undefined leaves a request alone. */
type Redirects = (url: URL, method: string) => string | undefined;

const OTHER = "https://else.test";

let hosts = 0;

describe("a resumable upload follows redirects within its origin, and none to another", () => {
  const newDatabase = useDatabases();
  const directories: string[] = [];

  afterEach(async () => {
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
  });

  const protocols = [
    ["tus", tus, tusUploads],
    ["ietf", ietf, (directory: string) => new IetfUploads(directory)],
  ] as const;

  async function bench(
    protocol: (typeof protocols)[number][1],
    makeServer: (directory: string) => UploadServer,
    redirects: Redirects,
    setting: BenchSetting = {},
  ) {
    const directory = await mkdtemp(join(tmpdir(), "uploads-"));
    directories.push(directory);
    const server = makeServer(directory);
    // The library remembers a server's extensions by URL.
    hosts += 1;
    const origin = `https://app-${hosts}.test`;
    const row = { url: `${origin}/${protocol.name}`, ...setting.row };
    const handle = (request: Request) => server.handle(withoutSlash(request));
    const it = await uploadBench(newDatabase(), protocol, handle, {
      ...setting,
      row,
    });
    it.line.faultAt = (request) => {
      const end = endOf(new URL(request.url), request.method, redirects);
      // The server knows the request by its URL without the detour.
      if (end === request.url) return undefined;
      if (request.redirect === "manual") return { kind: "answer", response: opaque() };
      const response = new Response(null, { status: 405 });
      return new URL(end).origin === origin || end.startsWith(OTHER)
        ? { kind: "answer", response, url: end }
        : { kind: "down" };
    };
    const carried = () =>
      it.line.requests.filter(({ url, method }) => !url.startsWith(origin) && method !== "HEAD");
    return { ...it, origin, server, carried };
  }

  describe.each(protocols)("%s", (name, protocol, makeServer) => {
    const moved: [string, Redirects][] = [
      ["each of its URLs", ({ pathname }) => (pathname.endsWith("/") ? undefined : `${pathname}/`)],
      ["its creation", ({ pathname }) => (pathname === `/${name}` ? `${pathname}/` : undefined)],
    ];

    it.each(moved)("goes on behind a redirect of %s", async (_, redirects) => {
      const { finish, row, server, line } = await bench(protocol, makeServer, redirects);
      expect(await finish()).toMatchObject([{ kind: "finished" }]);
      expect((await row()).failure).toBeUndefined();
      expect((await server.stored()).map(({ sizeBytes, isComplete }) => [sizeBytes, isComplete])).toEqual([
        [1_000_000, true],
      ]);
      // The target is learnt once: no chunk except the first is sent twice.
      const patches = line.requests.filter(({ method }) => method === "PATCH").length;
      expect(patches).toBeLessThan(5);
    });

    it.each(["POST", "PATCH", "HEAD"])(
      "a %s that is redirected to another origin ends the task, and carries nothing there",
      async (method) => {
        const isAll = (asked: string): boolean => asked === method || asked === "HEAD";
        const { finish, attempt, row, carried, origin, line } = await bench(
          protocol,
          makeServer,
          ({ origin, pathname }, asked) =>
            origin !== OTHER && isAll(asked) && (method === "POST" || pathname !== `/${name}`)
              ? `${OTHER}${pathname}`
              : undefined,
        );
        if (method === "HEAD") {
          const follow = line.faultAt;
          line.faultAt = ({ method }) => (method === "PATCH" ? { kind: "down" } : undefined);
          await attempt();
          line.faultAt = follow;
        }
        expect(await finish()).toMatchObject([{ kind: "failed" }]);
        const { failure } = await row();
        expect(failure?.code).toBe("bad-response");
        // Before its first chunk, a new tus upload is asked for its offset.
        const asked = method === "PATCH" ? "(PATCH|HEAD)" : method;
        expect(failure?.message).toMatch(
          new RegExp(`^${origin} redirects the ${asked} of an upload to ${OTHER}`),
        );
        expect(carried()).toEqual([]);
      },
    );

    it("a redirect whose target cannot be found out ends the task, and nothing is tried there", async () => {
      const { finish, row, carried, line } = await bench(protocol, makeServer, ({ pathname }, method) =>
        method === "PATCH" ? `${OTHER}${pathname}` : undefined,
      );
      expect(await finish()).toMatchObject([{ kind: "failed" }]);
      expect((await row()).failure?.message).toContain("cannot be read from here");
      expect(line.requests.filter(({ method }) => method === "PATCH")).toHaveLength(1);
      expect(carried()).toEqual([]);
    });

    it("a target that redirects again ends the task", async () => {
      const { finish, row, line } = await bench(protocol, makeServer, ({ pathname }, method) => {
        if (pathname === `/${name}`) return `/${name}/`;
        return method === "POST" ? `/elsewhere${pathname}` : undefined;
      });
      line.requests.length = 0;
      expect(await finish()).toMatchObject([{ kind: "failed", failure: { code: "bad-response" } }]);
      expect((await row()).failure?.message).toContain("redirects");
      expect(line.requests.filter(({ method }) => method === "POST").length).toBeLessThan(3);
    });

    it("a network that breaks behind a redirect is waited for", async () => {
      const { attempt, row } = await bench(protocol, makeServer, ({ pathname }) =>
        pathname === `/${name}` ? "https://down.test/" : undefined,
      );
      expect(await attempt()).toMatchObject({ kind: "unanswered" });
      expect((await row()).state).toBe("running");
    });

    it("a Request from the app's hook is not redirected to another origin either", async () => {
      const willSend: WillSend = ({ url, method, headers }) => new Request(url, { method, headers });
      const { finish, carried } = await bench(
        protocol,
        makeServer,
        ({ origin, pathname }) => (origin === OTHER ? undefined : `${OTHER}${pathname}`),
        { willSend },
      );
      expect(await finish()).toMatchObject([{ kind: "failed", failure: { code: "bad-response" } }]);
      expect(carried()).toEqual([]);
    });
  });

  it("a finish hook that answers with a redirect has finished the upload", async () => {
    const { finish, row, line, server } = await bench(tus, tusUploads, () => undefined);
    line.faultAt = ({ method }) => (method === "PATCH" ? { kind: "acted", response: opaque() } : undefined);
    await finish();
    expect(await row()).toMatchObject({ state: "completed", response: { status: 200 } });
    expect((await server.stored()).map(({ isComplete }) => isComplete)).toEqual([true]);
  });
});

/** The servers know no URL with a trailing slash. */
function withoutSlash(request: Request): Request {
  if (!request.url.endsWith("/")) return request;
  const { method, headers, body } = request;
  return new Request(request.url.slice(0, -1), { method, headers, body, duplex: "half" } as RequestInit);
}

/** The response that a browser gives for a redirect that it must not follow. */
function opaque(): Response {
  const response = new Response(null);
  Object.defineProperty(response, "status", { value: 0 });
  Object.defineProperty(response, "type", { value: "opaqueredirect" });
  return response;
}

function endOf(url: URL, method: string, redirects: Redirects): string {
  let end = url;
  for (let hops = 0; hops < 20; hops += 1) {
    const next = redirects(end, method);
    if (next === undefined) return end.href;
    end = new URL(next, end);
  }
  return end.href;
}
