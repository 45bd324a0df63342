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

const delegate = new Careless();
const completionHandlers = {
  careless({ response }: { response?: Response }): void {
    void response?.json();
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
  async openAgain() {
    await BackgroundSession.open("careless").catch(({ code }) => {
      this.again = code;
    });
  },
};
