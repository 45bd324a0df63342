import { run } from "./run.mjs";

// The fuzzing tests with ten times the cases that the suite gives them, 100,000 messages to the daemon among them:
// npm run fuzz -- [how many times as many] [seed]
const [factor = "10", seed = "1"] = process.argv.slice(2);
const env = { ...process.env, FUZZ_FACTOR: factor, FUZZ_SEED: seed };
run("npx", ["vitest", "run", "tests/fuzz", "--typecheck.enabled=false"], { env });
