/**
 * Modules of Node. They are not imported: if tests have a DOM, Vite takes this for code of a browser, and replaces the
 * imports of what only Node has.
 */
const hooks: typeof import("node:async_hooks") = process.getBuiltinModule("node:async_hooks");
const timers: typeof import("node:timers/promises") = process.getBuiltinModule("node:timers/promises");
const buffer: typeof import("node:buffer") = process.getBuiltinModule("node:buffer");
const assert: typeof import("node:assert/strict") = process.getBuiltinModule("node:assert/strict");

export { assert, buffer, hooks, timers };
