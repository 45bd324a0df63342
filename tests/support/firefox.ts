import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, firefox } from "playwright";

/** Debian's, driven over WebDriver BiDi; undefined where it is not installed. */
export function firefoxPath(): string | undefined {
  const candidates = [process.env.FIREFOX_PATH, "/usr/bin/firefox-esr"];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

interface RunningFirefox {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** Starts a real Firefox on a fresh profile, which goes with it. */
export async function startFirefox(executablePath: string): Promise<RunningFirefox> {
  const profile = await mkdtemp(join(tmpdir(), "background-session-"));
  const context = await firefox.launchPersistentContext(profile, {
    channel: "moz-firefox",
    executablePath,
    headless: true,
    viewport: null,
  });
  return {
    context,
    async close() {
      await context.close().catch(() => {});
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Runs `body` in one. */
export async function withFirefox(
  executablePath: string,
  body: (context: BrowserContext) => Promise<void>,
): Promise<void> {
  const firefox = await startFirefox(executablePath);
  try {
    await body(firefox.context);
  } finally {
    await firefox.close();
  }
}
