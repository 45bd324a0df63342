import "background-session/elements";
import { BackgroundSession, type SessionDelegate } from "background-session";

declare global {
  // Read by the test.
  var careless: {
    session: BackgroundSession;
    ended: string[];
    /** The code of the error. */
    again?: string;
    openAgain(): Promise<void>;
    openOther(name: string): Promise<BackgroundSession>;
    /** Has a task ask what the delegate answers to a 401: in the session, or in one that has handlers alone. */
    beAsked(hasDelegate: boolean): Promise<void>;
  };
}

class Careless implements SessionDelegate {
  readonly #ended: string[] = [];

  get ended(): string[] {
    return this.#ended;
  }

  // Reads the file, and does not say when it is done.
  didFinishDownloading(_task: unknown, file: File): void {
    void file.text();
  }

  didComplete(task: { id: string }): void {
    this.#ended.push(task.id);
  }
}

/** Has something to do before it reads. */
async function save(response: Response | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  await response?.text();
}

const delegate = new Careless();
const completionHandlers = {
  careless({ response }: { response?: Response }): void {
    void response?.json();
  },
  late({ response }: { response?: Response }): void {
    void save(response);
  },
  async unawaited({ response }: { response?: Response }): Promise<void> {
    void save(response);
  },
  async careful({ response }: { response?: Response }): Promise<void> {
    await response?.text();
  },
};
const session = await BackgroundSession.open("careless", {
  serviceWorker: "/sw.js",
  delegate,
  completionHandlers,
});
globalThis.careless = {
  session,
  ended: delegate.ended,
  openOther: (name) => BackgroundSession.open(name, { serviceWorker: "/sw.js", delegate }),
  async beAsked(hasDelegate) {
    const asked = hasDelegate
      ? session
      : await BackgroundSession.open("bare", { serviceWorker: "/sw.js", completionHandlers });
    const task = asked.dataTask("/files/1KB.bin?status=401", { challengeStatuses: [401] });
    await task.resume();
    while (task.activity !== "needs-authorization") await new Promise((resolve) => setTimeout(resolve, 50));
    // The question comes a little later.
    await new Promise((resolve) => setTimeout(resolve, 500));
  },
  async openAgain() {
    await BackgroundSession.open("careless").catch(({ code }) => {
      this.again = code;
    });
  },
};
