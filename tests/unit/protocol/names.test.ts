import { describe, expect, it } from "vitest";
import {
  LOCAL_DAEMON,
  namesOf,
  pageWorkerName,
  type ScopeNames,
  scopeOfPageWorker,
} from "../../../src/protocol/names.ts";

function all(names: ScopeNames): string[] {
  return [
    names.database,
    names.notices,
    names.commands,
    names.queue,
    names.syncTag,
    names.daemonLock,
    names.ownerLock("a"),
  ];
}

describe("namesOf", () => {
  it("contains the path of the scope, so that two apps of one origin never meet", () => {
    const one = all(namesOf("https://example.test/one/"));
    const two = all(namesOf("https://example.test/two/"));
    for (const name of one) expect(name).toContain("/one/");
    expect(one.filter((name) => two.includes(name))).toEqual([]);
  });

  it("is the same at each start", () => {
    expect(all(namesOf("https://example.test/one/"))).toEqual(all(namesOf("https://example.test/one/")));
  });

  it("has a lock of its own for the daemon and for each identifier", () => {
    const { daemonLock, ownerLock } = namesOf("https://example.test/");
    const locks = [daemonLock, ownerLock("a"), ownerLock("b"), ownerLock("daemon"), ownerLock("#daemon")];
    expect(new Set(locks).size).toBe(locks.length);
  });

  it("no identifier and scope give the lock of another pair", () => {
    const nested = namesOf("https://example.test/").ownerLock("a/#owner:b");
    expect(namesOf("https://example.test/a/").ownerLock("b")).not.toBe(nested);
  });
});

describe("LOCAL_DAEMON", () => {
  it("is the same symbol in two copies of the library", () => {
    expect(LOCAL_DAEMON).toBe(Symbol.for("background-session.daemon"));
  });
});

describe("the name of a page's worker", () => {
  it.each(["https://example.test/", "https://example.test/a%20b/"])("says the scope %s", (scope) => {
    expect(scopeOfPageWorker(pageWorkerName(scope))).toBe(scope);
  });

  it.each([undefined, "", "worker", "background-session", 7])("no other worker has: %j", (name) => {
    expect(scopeOfPageWorker(name)).toBeUndefined();
  });
});
