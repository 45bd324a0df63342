export { createTestWorld, type TestWorld, type TestWorldOptions } from "./test-world.ts";
