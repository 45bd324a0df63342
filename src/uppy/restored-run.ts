import type { Body, Meta, Uppy, UppyFile } from "@uppy/core";

/** Results of uploads that ended while no page was there come one after the other: how long to wait for the next. */
const GATHERING_MS = 1_000;

/** The run of Uppy in which the uploads are that this page has not begun. After it, Uppy emits `complete`. */
export class RestoredRun<M extends Meta, B extends Body> {
  readonly #uppy: Uppy<M, B>;
  #id: string | undefined;
  /** The last run of which Uppy was told that it moves on. */
  #moved: string | undefined;

  constructor(uppy: Uppy<M, B>) {
    this.#uppy = uppy;
  }

  is(run: string): boolean {
    return run === this.#id;
  }

  /** Gives Uppy the files, and has their uploads followed. @param step where Uppy begins: at the uploader */
  add(added: Readonly<Record<string, UppyFile<M, B>>>, step: number): void {
    const { files, currentUploads } = this.#uppy.getState();
    const known = currentUploads[this.#id ?? ""];
    const id = (known && this.#id) ?? crypto.randomUUID();
    const fileIDs = [...(known?.fileIDs ?? []), ...Object.keys(added)];
    this.#id = id;
    this.#uppy.setState({
      files: { ...files, ...added },
      currentUploads: { ...currentUploads, [id]: { step, result: {}, ...known, fileIDs } },
    });
    if (known === undefined) this.#uppy.restore(id).catch((error) => this.#uppy.log(error, "error"));
  }

  /**
   * The first of them moves on. Dashboard measures the speed from here: otherwise it would take what earlier pages have
   * sent for what this one has sent since it was loaded, and all would be done in 0 s.
   */
  moved(): void {
    const id = this.#id ?? "";
    const { files, currentUploads } = this.#uppy.getState();
    const run = currentUploads[id];
    if (run === undefined || this.#moved === id) return;
    this.#moved = id;
    this.#uppy.setState({ recoveredState: { files, currentUploads } });
    try {
      this.#uppy.emit("upload", id, this.#uppy.getFilesByIds(run.fileIDs));
    } finally {
      this.#uppy.setState({ recoveredState: null });
    }
  }

  /** Waits for further files after those that are known. @returns none if the run is over */
  async more(known: ReadonlySet<string>): Promise<string[]> {
    const id = this.#id ?? "";
    await new Promise((resolve) => setTimeout(resolve, GATHERING_MS));
    const { fileIDs = [] } = this.#uppy.getState().currentUploads[id] ?? {};
    const more = fileIDs.filter((fileId) => !known.has(fileId));
    if (more.length === 0 && this.is(id)) this.#id = undefined;
    return more;
  }
}
