import { whileAlive } from "./realm.ts";

/** A file of the origin private file system, as the handle that leads to it. */
export class FakeFileHandle {
  readonly kind = "file";
  name: string;
  #parent: FakeDirectoryHandle;
  #content: Blob = new Blob([]);
  #lastModified = Date.now();

  constructor(name: string, parent: FakeDirectoryHandle) {
    this.name = name;
    this.#parent = parent;
  }

  async getFile(): Promise<File> {
    return new File([this.#content], this.name, { lastModified: this.#lastModified });
  }

  /** What is written is there when the stream is closed. */
  async createWritable({
    keepExistingData = false,
  }: FileSystemCreateWritableOptions = {}): Promise<WritableStream> {
    let content: Blob = keepExistingData ? this.#content : new Blob([]);
    let position = 0;
    const change = (command: WriteParams): void => {
      const { type, data, size } = command;
      position = command.position ?? position;
      if (type === "truncate") content = resized(content, size ?? 0);
      if (type !== "write") return;
      const added = new Blob([data as BlobPart]);
      content = new Blob([resized(content, position), added, content.slice(position + added.size)]);
      position += added.size;
    };
    const stream = new WritableStream({
      write: (chunk) => change(isCommand(chunk) ? chunk : { type: "write", data: chunk }),
      close: () =>
        whileAlive(async () => {
          this.#content = content;
          this.#lastModified = Date.now();
        }),
    });
    const send = async (chunk: unknown): Promise<void> => {
      const writer = stream.getWriter();
      await writer.write(chunk).finally(() => writer.releaseLock());
    };
    return Object.assign(stream, {
      write: send,
      seek: (position: number) => send({ type: "seek", position }),
      truncate: (size: number) => send({ type: "truncate", size }),
    });
  }

  /** Takes a directory, a name, or both. */
  async move(place: FakeDirectoryHandle | string, name: string = this.name): Promise<void> {
    const [parent, next] = typeof place === "string" ? [this.#parent, place] : [place, name];
    checkName(next);
    await whileAlive(async () => {
      this.#parent.entriesByName.delete(this.name);
      this.name = next;
      this.#parent = parent;
      parent.entriesByName.set(next, this);
    });
  }

  async remove(): Promise<void> {
    this.#parent.entriesByName.delete(this.name);
  }

  async isSameEntry(other: unknown): Promise<boolean> {
    return other === this;
  }
}

/** A directory of the origin private file system, as the handle that leads to it. */
export class FakeDirectoryHandle {
  readonly kind = "directory";
  readonly name: string;
  /** @internal */
  readonly entriesByName: Map<string, FakeFileHandle | FakeDirectoryHandle> = new Map();

  constructor(name = "") {
    this.name = name;
  }

  getFileHandle(name: string, options?: FileSystemGetFileOptions): Promise<FakeFileHandle> {
    return this.#entry(name, FakeFileHandle, () => new FakeFileHandle(name, this), options);
  }

  getDirectoryHandle(name: string, options?: FileSystemGetDirectoryOptions): Promise<FakeDirectoryHandle> {
    return this.#entry(name, FakeDirectoryHandle, () => new FakeDirectoryHandle(name), options);
  }

  async removeEntry(name: string, { recursive = false }: FileSystemRemoveOptions = {}): Promise<void> {
    checkName(name);
    const entry = this.entriesByName.get(name);
    if (entry === undefined) throw new DOMException(`There is no "${name}".`, "NotFoundError");
    if (entry instanceof FakeDirectoryHandle && entry.entriesByName.size > 0 && !recursive)
      throw new DOMException(`"${name}" is not empty.`, "InvalidModificationError");
    this.entriesByName.delete(name);
  }

  async *keys(): AsyncGenerator<string> {
    yield* [...this.entriesByName.keys()];
  }

  async *values(): AsyncGenerator<FakeFileHandle | FakeDirectoryHandle> {
    yield* [...this.entriesByName.values()];
  }

  async *entries(): AsyncGenerator<[string, FakeFileHandle | FakeDirectoryHandle]> {
    yield* [...this.entriesByName];
  }

  [Symbol.asyncIterator](): AsyncGenerator<[string, FakeFileHandle | FakeDirectoryHandle]> {
    return this.entries();
  }

  async isSameEntry(other: unknown): Promise<boolean> {
    return other === this;
  }

  async #entry<Entry extends FakeFileHandle | FakeDirectoryHandle>(
    name: string,
    kind: abstract new (...values: never[]) => Entry,
    make: () => Entry,
    { create = false } = {},
  ): Promise<Entry> {
    checkName(name);
    const known = this.entriesByName.get(name);
    if (known instanceof kind) return known;
    if (known !== undefined) throw new DOMException(`"${name}" is a ${known.kind}.`, "TypeMismatchError");
    if (!create) throw new DOMException(`There is no "${name}".`, "NotFoundError");
    const made = make();
    this.entriesByName.set(name, made);
    return made;
  }
}

function checkName(name: string): void {
  if (["", ".", ".."].includes(name) || /[/\\]/.test(name))
    throw new TypeError(`"${name}" is no name of a file or a directory.`);
}

function isCommand(chunk: unknown): chunk is WriteParams {
  return typeof chunk === "object" && chunk !== null && "type" in chunk && !(chunk instanceof Blob);
}

/** Cut, or filled with zeros. */
function resized(content: Blob, size: number): Blob {
  return new Blob([content.slice(0, size), new Uint8Array(Math.max(0, size - content.size))]);
}
