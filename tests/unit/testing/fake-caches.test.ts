import { beforeAll, describe, expect, it, vi } from "vitest";
import { FakeCaches } from "../../../src/testing/fake-caches.ts";

const URL_OF_APP = "https://app.test/";

describe("the caches of a world", () => {
  beforeAll(() => {
    vi.stubGlobal("location", { href: URL_OF_APP });
    return () => vi.unstubAllGlobals();
  });

  it("return what was put, as often as it is asked for, until it is deleted", async () => {
    const caches = new FakeCaches();
    const cache = await caches.open("pages");
    await cache.put("/a?b#c", new Response("text", { status: 201, headers: { x: "1" } }));
    for (const key of ["/a?b", new URL("/a?b#d", URL_OF_APP), new Request(`${URL_OF_APP}a?b`)]) {
      const found = await cache.match(key);
      expect([found?.status, found?.headers.get("x"), await found?.text()]).toEqual([201, "1", "text"]);
    }
    expect(await cache.match("/a")).toBeUndefined();
    expect((await cache.match("/a", { ignoreSearch: true }))?.status).toBe(201);
    const post = new Request(`${URL_OF_APP}a?b`, { method: "POST" });
    expect(await cache.match(post)).toBeUndefined();
    expect(await cache.match(post, { ignoreMethod: true })).toBeDefined();
    expect((await cache.keys()).map(({ url }) => url)).toEqual([`${URL_OF_APP}a?b`]);
    expect(await cache.matchAll()).toHaveLength(1);
    expect(await caches.match("/a?b", { cacheName: "other" })).toBeUndefined();
    expect(await caches.match("/a?b")).toBeDefined();
    expect([await cache.delete("/a?b"), await cache.delete("/a?b")]).toEqual([true, false]);
    expect(await caches.match("/a?b")).toBeUndefined();
    expect([await caches.has("pages"), await caches.keys()]).toEqual([true, ["pages"]]);
    expect([await caches.delete("pages"), await caches.delete("pages")]).toEqual([true, false]);
  });

  it("have no place for a POST, and none for a part of a response", async () => {
    const cache = await new FakeCaches().open("pages");
    const post = new Request(URL_OF_APP, { method: "POST" });
    await expect(cache.put(post, new Response("x"))).rejects.toThrow(TypeError);
    await expect(cache.put("/a", new Response("x", { status: 206 }))).rejects.toThrow(TypeError);
    await cache.put("/none", new Response(null, { status: 204 }));
    expect((await cache.match("/none"))?.status).toBe(204);
  });

  it("fetch what they are to add, unless the server refuses it", async () => {
    vi.stubGlobal("fetch", async (url: string) => new Response(url, { status: url === "/no" ? 404 : 200 }));
    const cache = await new FakeCaches().open("pages");
    await cache.addAll(["/a", "/b"]);
    expect(await (await cache.match("/b"))?.text()).toBe("/b");
    await expect(cache.add("/no")).rejects.toThrow("404");
  });
});
