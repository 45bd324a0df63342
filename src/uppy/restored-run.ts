import type { Body, Meta, Uppy, UppyFile } from "@uppy/core";

/** Results of uploads that ended while no page was there come one after the other: how long to wait for the next. */
const GATHERING_MS = 1_000;

/** The run of Uppy in which the uploads are that this page has not begun. After it, Uppy emits `complete`. */
export class RestoredRun<M extends Meta, B extends Body> {
  readonly #uppy: Uppy<M, B>;
  #id = "";
  /** The files of which the run does not know yet. */
  readonly #waiting: string[] = [];
  /** The last run of which Uppy was told that it moves on. */
  #moved: string | undefined;

  constructor(uppy: Uppy<M, B>) {
    this.#uppy = uppy;
  }

  is(run: string): boolean {
    return run === this.#id;
  }

  /**
   * Gives Uppy the files, and has their uploads followed. The run has none of them before it comes to the uploader: earlier
   * pages have had them pre-processed, by another number of pre-processors perhaps.
   */
  add(added: Readonly<Record<string, UppyFile<M, B>>>): void {
    const { files, currentUploads } = this.#uppy.getState();
    this.#waiting.push(...Object.keys(added));
    this.#uppy.setState({ files: { ...files, ...added } });
    if (this.#id in currentUploads) return;
    this.#id = crypto.randomUUID();
    const run = { fileIDs: [], step: 0, result: {} };
    this.#uppy.setState({ currentUploads: { ...currentUploads, [this.#id]: run } });
    this.#uppy.restore(this.#id).catch((error) => this.#uppy.log(error, "error"));
  }

  /** Gives the run the files that it does not know yet. @returns them */
  take(): string[] {
    const { currentUploads } = this.#uppy.getState();
    const run = currentUploads[this.#id];
    const taken = this.#waiting.splice(0).filter((fileId) => this.#uppy.getFile(fileId) !== undefined);
    if (run === undefined) return [];
    const fileIDs = [...run.fileIDs, ...taken];
    this.#uppy.setState({ currentUploads: { ...currentUploads, [this.#id]: { ...run, fileIDs } } });
    return taken;
  }

  /**
   * The first of them moves on. Dashboard measures the speed from here: otherwise it would take what earlier pages have
   * sent for what this one has sent since it was loaded, and all would be done in 0 s.
   */
  moved(): void {
    const id = this.#id;
    const { files, currentUploads } = this.#uppy.getState();
    const run = currentUploads[id];
    if (!run?.fileIDs.length || this.#moved === id) return;
    this.#moved = id;
    this.#uppy.setState({ recoveredState: { files, currentUploads } });
    try {
      this.#uppy.emit("upload", id, this.#uppy.getFilesByIds(run.fileIDs));
    } finally {
      this.#uppy.setState({ recoveredState: null });
    }
  }

  /** Waits for further files. @returns none if the run is over */
  async more(): Promise<string[]> {
    const id = this.#id;
    await new Promise((resolve) => setTimeout(resolve, GATHERING_MS));
    const more = this.#id === id ? this.take() : [];
    if (more.length === 0 && this.#id === id) this.#id = "";
    return more;
  }
}
