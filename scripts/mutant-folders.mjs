/** The folders in which mutants must die, and the tests that may kill them: the nearest first. */
export const FOLDERS = {
  "src/sw/decisions": ["tests/unit/sw/decisions", "tests/fuzz/answers.test.ts"],
  "src/store": ["tests/unit/store", "tests/fuzz/stored-database.test.ts"],
  "src/protocol": ["tests/unit/protocol", "tests/fuzz/notices.test.ts", "tests/fuzz/command-port.test.ts"],
  "src/app/events": ["tests/unit/app/events", "tests/unit/app/session", "tests/fuzz/notices.test.ts"],
  "src/app/ownership": ["tests/unit/app/ownership", "tests/unit/app/session"],
  "src/sw/host": ["tests/unit/sw/start-daemon.test.ts", "tests/unit/sw/host", "tests/unit/sw/stints.test.ts"],
  "src/sw/launches": ["tests/unit/sw/launches", "tests/unit/sw/questions.test.ts"],
};
