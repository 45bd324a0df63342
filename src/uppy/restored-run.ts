import type { Body, Meta, State, Uppy, UppyFile } from "@uppy/core";

/** Results of uploads that ended while no page was there come one after the other: how long to wait for the next. */
const GATHERING_MS = 1_000;

/** The run of Uppy in which the uploads are that this page has not begun. After it, Uppy emits `complete`. */
export class RestoredRun<M extends Meta, B extends Body> {
  readonly #uppy: Uppy<M, B>;
  #id: string | undefined;

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
    const state = {
      files: { ...files, ...added },
      currentUploads: { ...currentUploads, [id]: { step, result: {}, ...known, fileIDs } },
    };
    this.#uppy.setState(state);
    if (known === undefined) this.#begin(id, Object.values(added), state);
  }

  #begin(
    id: string,
    added: UppyFile<M, B>[],
    recoveredState: Pick<State<M, B>, "files" | "currentUploads">,
  ): void {
    const fail = (error: unknown): void => this.#uppy.log(error, "error");
    // Dashboard measures the speed from here, instead of from 0 bytes: all would take 0 s more.
    this.#uppy.setState({ recoveredState });
    try {
      this.#uppy.emit("upload", id, added);
    } catch (error) {
      fail(error);
    }
    this.#uppy.setState({ recoveredState: null });
    this.#uppy.restore(id).catch(fail);
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
