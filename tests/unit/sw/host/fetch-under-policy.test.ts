import { afterEach, describe, expect, it, vi } from "vitest";
import { fetchUnderPolicy } from "../../../../src/sw/host/fetch-under-policy.ts";

interface Setting {
  /** URL of the worker's script. */
  readonly script?: string;
  /** The policy that the script is served with now; null if it cannot be fetched. */
  readonly policy?: string | null;
  /** What is reported about a request, before or after it has failed. */
  readonly violation?: {
    readonly disposition: string;
    readonly blockedURI: string;
    readonly isLate?: boolean;
  };
  readonly isAnswered?: boolean;
}

function scriptWith(policy: string | null): Response {
  if (policy === null) throw new TypeError("offline");
  return new Response(null, { headers: { "content-security-policy": policy } });
}

describe("fetch under the policies of the browser", () => {
  afterEach(() => vi.unstubAllGlobals());

  async function fetched(
    url: string,
    setting: Setting,
    signal = new AbortController().signal,
  ): Promise<string> {
    const { script = "http://app.test/sw.js", policy = "", violation } = setting;
    const scope = Object.assign(new EventTarget(), {
      location: new URL(script),
      fetch: async (input: Request | string) => {
        if (typeof input === "string") return scriptWith(policy);
        const report = () =>
          scope.dispatchEvent(Object.assign(new Event("securitypolicyviolation"), violation));
        setTimeout(report, violation?.isLate ? 5 : 0);
        if (setting.isAnswered) return new Response();
        await new Promise((resolve) => setTimeout(resolve, violation?.isLate ? 0 : 2));
        throw new TypeError("Failed to fetch");
      },
    });
    return said(fetchUnderPolicy(scope)(new Request(url, { signal })));
  }

  function said(answer: Promise<Response>): Promise<string> {
    return answer.then(
      () => "answered",
      (error: Error) => `${error.constructor.name}: ${error.message}`,
    );
  }

  const URL_ = "http://else.test/file?a=1";
  const enforced = { disposition: "enforce", blockedURI: URL_ };

  it.each([false, true])("forbidden by an enforced policy, reported late: %s", async (isLate) => {
    const said = await fetched(`${URL_}#part`, { violation: { ...enforced, isLate } });
    expect(said).toMatch(/^ForbiddenByPolicy: .*forbids http:\/\/else\.test: .*connect-src/);
  });

  it.each<[string, Setting]>([
    ["a policy that only reports", { violation: { ...enforced, disposition: "report" } }],
    [
      "the policy has forbidden another address",
      { violation: { ...enforced, blockedURI: "http://other.test/" } },
    ],
    ["no policy has forbidden anything", {}],
  ])("a failure is the network's: %s", async (_, setting) => {
    expect(await fetched(URL_, setting)).toBe("TypeError: Failed to fetch");
  });

  it("what was forbidden once is asked for again: its server may redirect elsewhere now", async () => {
    const scope = Object.assign(new EventTarget(), {
      location: new URL("http://app.test/sw.js"),
      fetch: async (): Promise<Response> => {
        throw new TypeError("Failed to fetch");
      },
    });
    const fetch = fetchUnderPolicy(scope);
    const first = fetch(new Request(URL_));
    scope.dispatchEvent(Object.assign(new Event("securitypolicyviolation"), enforced));
    expect(await said(first)).toMatch(/^ForbiddenByPolicy/);
    expect(await said(fetch(new Request(URL_)))).toBe("TypeError: Failed to fetch");
  });

  it("a request to the same address does not hide that an earlier one was forbidden", async () => {
    const scope = Object.assign(new EventTarget(), {
      location: new URL("http://app.test/sw.js"),
      fetch: async (): Promise<Response> => {
        const violation = Object.assign(new Event("securitypolicyviolation"), enforced);
        setTimeout(() => scope.dispatchEvent(violation), 12);
        throw new TypeError("Failed to fetch");
      },
    });
    const fetch = fetchUnderPolicy(scope);
    const first = said(fetch(new Request(URL_)));
    await new Promise((resolve) => setTimeout(resolve, 40));
    const second = said(fetch(new Request(URL_)));
    for (const end of [await first, await second]) expect(end).toMatch(/^ForbiddenByPolicy/);
  });

  it("an answer is an answer", async () => {
    expect(await fetched(URL_, { violation: enforced, isAnswered: true })).toBe("answered");
  });

  it("a redirect from the same origin is named by where it began, without its query", async () => {
    const own = "http://app.test/away?key=secret";
    const said = await fetched(own, { violation: { ...enforced, blockedURI: own } });
    expect(said).toMatch(/forbids the address that http:\/\/app\.test\/away redirects to/);
    expect(said).not.toContain("secret");
  });

  describe("mixed content", () => {
    const script = "https://app.test/sw.js";

    it("is forbidden: a site over https: cannot fetch http: URLs", async () => {
      expect(await fetched(URL_, { script })).toMatch(/^ForbiddenByPolicy: .*mixed content/);
    });

    it.each<[string, string, Setting]>([
      ["the network is gone", URL_, { policy: null }],
      ["the browser asks for https: instead", URL_, { policy: "default-src *; upgrade-insecure-requests" }],
      ["it is https:", "https://else.test/file", {}],
      ["it is this machine", "http://localhost:8080/", {}],
      ["it is this machine by number", "http://127.0.0.5/", {}],
      ["it is this machine by IPv6", "http://[::1]/", {}],
      ["it is a name of this machine", "http://app.localhost/", {}],
    ])("is not what failed: %s", async (_, url, setting) => {
      expect(await fetched(url, { script, ...setting })).toBe("TypeError: Failed to fetch");
    });

    it("does not exist for an http: site", async () => {
      expect(await fetched(URL_, {})).toBe("TypeError: Failed to fetch");
    });
  });

  it("an aborted request is not examined", async () => {
    const said = await fetched(URL_, { violation: enforced }, AbortSignal.abort());
    expect(said).toBe("TypeError: Failed to fetch");
  });

  describe("WebKit, which reports nothing in a worker", () => {
    function engine(userAgent: string, forbids: (url: string) => boolean): string[] {
      const asked: string[] = [];
      vi.stubGlobal("navigator", { userAgent });
      vi.stubGlobal(
        "EventSource",
        class {
          constructor(url: string) {
            asked.push(url);
            if (forbids(url)) throw new DOMException("The operation is insecure.", "SecurityError");
          }
          close(): void {
            asked.push("closed");
          }
        },
      );
      return asked;
    }

    it("is probed with an EventSource, which is closed at once", async () => {
      const asked = engine("AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15", (url) => url === URL_);
      expect(await fetched(URL_, {})).toMatch(/^ForbiddenByPolicy/);
      expect(await fetched("http://fine.test/", {})).toBe("TypeError: Failed to fetch");
      expect(asked).toEqual([URL_, "http://fine.test/", "closed"]);
    });

    it("other engines are not probed: they would connect", async () => {
      const asked = engine(
        "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        () => true,
      );
      expect(await fetched(URL_, {})).toBe("TypeError: Failed to fetch");
      expect(asked).toEqual([]);
    });
  });
});
