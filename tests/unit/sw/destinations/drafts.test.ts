import { expect, test } from "vitest";
import { type DraftPlace, withDraft } from "../../../../src/sw/destinations/drafts.ts";

/** A place whose files cannot be removed at the first `refusals` attempts. */
class LockedPlace implements DraftPlace {
  readonly names = new Set<string>();
  attempts = 0;
  readonly #refusals: number;
  readonly #refusal: string;

  constructor(refusals: number, refusal = "NoModificationAllowedError") {
    this.#refusals = refusals;
    this.#refusal = refusal;
  }

  async keys() {
    return this.names;
  }

  async remove(name: string) {
    this.attempts += 1;
    if (this.attempts <= this.#refusals) throw new DOMException("", this.#refusal);
    this.names.delete(name);
  }
}

/** Begins to write into the place, and fails. */
async function failToWrite(place: LockedPlace): Promise<void> {
  const failing = withDraft("app ", place, async (name) => {
    place.names.add(name);
    throw new DOMException("", "AbortError");
  });
  await expect(failing).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
}

test("a draft that the browser still locks after its writing was aborted is removed a moment later", async () => {
  const place = new LockedPlace(2);
  await failToWrite(place);
  expect([...place.names]).toEqual([]);
  expect(place.attempts).toBe(3);
});

test("a draft that stays locked fails nothing, and is removed before the next one is written", async () => {
  const place = new LockedPlace(4);
  await failToWrite(place);
  expect([...place.names]).toHaveLength(1);
  await withDraft("app ", place, async () => {});
  expect([...place.names]).toEqual([]);
});

test("a draft that has become the file is looked for once", async () => {
  const place = new LockedPlace(1, "NotFoundError");
  await withDraft("app ", place, async () => {});
  expect(place.attempts).toBe(1);
});
