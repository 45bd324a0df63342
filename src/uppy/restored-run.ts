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
    this.#put([]);
    void this.#restore(this.#id);
  }

  /** Uppy ends a run that has no files when the user removes any file: this one goes on for those that wait. */
  keep(): void {
    const { files, currentUploads } = this.#uppy.getState();
    const isDropped = this.#id !== "" && !(this.#id in currentUploads);
    if (isDropped && this.#waiting.some((fileId) => fileId in files)) this.#put([]);
  }

  /** Gives the run the files that it does not know yet. @returns them */
  take(): string[] {
    const taken = this.#waiting.splice(0).filter((fileId) => this.#uppy.getFile(fileId) !== undefined);
    if (taken.length === 0) this.#id = "";
    else this.#put(taken);
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
    return this.#id === id ? this.take() : [];
  }

  /** Adds files to the run, and the run to Uppy's if it is not there. */
  #put(added: readonly string[]): void {
    const { currentUploads } = this.#uppy.getState();
    const { fileIDs, ...run } = currentUploads[this.#id] ?? { fileIDs: [], step: 0, result: {} };
    const all = [...fileIDs, ...added];
    this.#uppy.setState({ currentUploads: { ...currentUploads, [this.#id]: { ...run, fileIDs: all } } });
  }

  async #restore(id: string): Promise<void> {
    await this.#uppy.restore(id).catch((error) => this.#uppy.log(error, "error"));
    if (this.#id === id) this.#id = "";
  }
}
