/**
 * The folders in which mutants must die, the tests that may kill them (the nearest first), and the files if not all.
 * The tests are those nearby, so that a run ends: what only others notice counts as unnoticed.
 */
export const FOLDERS = {
  "src/sw/decisions": {
    tests: ["tests/unit/sw/decisions", "tests/fuzz/answers.test.ts", "tests/unit/sw/questions.test.ts"],
  },
  "src/store": {
    tests: [
      "tests/unit/store",
      "tests/unit/sw/decisions/retry-policy.test.ts",
      "tests/fuzz/stored-database.test.ts",
    ],
  },
  "src/protocol": {
    tests: ["tests/unit/protocol", "tests/fuzz/notices.test.ts", "tests/fuzz/command-port.test.ts"],
  },
  "src/app/events": {
    tests: ["tests/unit/app/events", "tests/unit/app/session", "tests/fuzz/notices.test.ts"],
  },
  "src/app/ownership": { tests: ["tests/unit/app/ownership", "tests/unit/app/session"] },
  "src/sw/host": {
    tests: ["tests/unit/sw/start-daemon.test.ts", "tests/unit/sw/host", "tests/unit/sw/stints.test.ts"],
    files: ["wake", "update-watch", "event-window", "daemon-lock"],
  },
  "src/sw/launches": { tests: ["tests/unit/sw/launches", "tests/unit/sw/questions.test.ts"] },
};
