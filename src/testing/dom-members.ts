import { MEMBERS } from "../protocol/platform-objects.ts";
import type { Globals } from "./globals.ts";

/**
 * Gives each class of jsdom and the like the member by which the library knows its objects: some of them are derived, and
 * have it from their base.
 */
export function installMembers(globals: Globals): void {
  for (const [kind, member] of Object.entries(MEMBERS)) {
    const { prototype } = (globalThis as unknown as Record<string, { prototype: object }>)[kind] ?? {};
    if (prototype === undefined || Object.hasOwn(prototype, member)) continue;
    const inherited = descriptorOf(Object.getPrototypeOf(prototype), member);
    if (inherited !== undefined) globals.put(prototype, member, { ...inherited, configurable: true });
  }
}

function descriptorOf(owner: object | null, name: string): PropertyDescriptor | undefined {
  if (owner === null) return undefined;
  return Object.getOwnPropertyDescriptor(owner, name) ?? descriptorOf(Object.getPrototypeOf(owner), name);
}
