import { describe, expect, it } from "vitest";
import { type RequestSource, storableInit } from "../../../src/workbox/storable-init.ts";

const PAGE_REQUEST: RequestSource = {
  url: "https://shop.example/orders",
  method: "POST",
  headers: {},
  mode: "cors",
  credentials: "include",
  cache: "no-store",
  referrer: "https://shop.example/cart",
  referrerPolicy: "origin",
  integrity: "",
};

function headersOf(names: readonly string[], omitted: readonly string[] = []): string[] {
  const headers = new Headers(names.map((name) => [name, "value"]));
  return [...storableInit({ ...PAGE_REQUEST, headers }, omitted).headers.keys()];
}

describe("the properties with which a request is stored", () => {
  it("are those of the request, with redirects followed", () => {
    const { mode, credentials, cache, referrer, referrerPolicy, integrity } = PAGE_REQUEST;
    expect(storableInit({ ...PAGE_REQUEST, headers: { "x-app": "7" } }, [])).toEqual({
      headers: new Headers({ "x-app": "7" }),
      mode,
      credentials,
      cache,
      referrer,
      referrerPolicy,
      integrity,
      redirect: "follow",
    });
  });

  it.each([
    ["navigate", "same-origin"],
    ["same-origin", "same-origin"],
    ["cors", "cors"],
    // The task refuses it, and says why.
    ["no-cors", "no-cors"],
  ] as const)("mode %s is stored as %s", (mode, stored) => {
    expect(storableInit({ ...PAGE_REQUEST, mode }, []).mode).toBe(stored);
  });

  it("ask the network if the request asked only the cache", () => {
    const { cache } = storableInit({ ...PAGE_REQUEST, cache: "only-if-cached" }, []);
    expect(cache).toBe("default");
  });

  it("name no referrer if the request has none but its client, which would later be the worker", () => {
    const { referrer } = storableInit({ ...PAGE_REQUEST, referrer: "about:client" }, []);
    expect(referrer).toBe("");
  });

  it("leave out what the browser adds at each sending", () => {
    const own = ["accept", "content-type", "x-app"];
    const browsers = [
      "sec-ch-ua",
      "sec-fetch-mode",
      "user-agent",
      "accept-encoding",
      "upgrade-insecure-requests",
    ];
    expect(headersOf([...own, ...browsers])).toEqual(own);
  });

  it("leave out what the app wants to be left out, whatever its letters", () => {
    expect(headersOf(["Authorization", "X-App"], ["authorization", "x-missing"])).toEqual(["x-app"]);
  });

  it("do not change the headers that were given", () => {
    const given = new Headers({ authorization: "secret" });
    storableInit({ ...PAGE_REQUEST, headers: given }, ["authorization"]);
    expect(given.get("authorization")).toBe("secret");
  });
});
