/** What was given: the files, and the names of what could not be read, or is not taken. */
export interface GivenFiles {
  readonly files: File[];
  readonly refused: string[];
}

/** Returns the files of a drop or a paste, those in folders included. The items are read before the first wait. */
export async function droppedFiles(data: DataTransfer): Promise<GivenFiles> {
  // WebKit cannot read the entry of a file that is not on disk, such as a pasted picture.
  const found = [...data.items].map((item) => {
    const entry = item.webkitGetAsEntry();
    return entry?.isDirectory ? entry : item.getAsFile();
  });
  const given: GivenFiles = { files: [], refused: [] };
  for (const one of found) {
    if (one instanceof File) given.files.push(one);
    else if (one !== null) await addEntry(one, given);
  }
  return given;
}

/** Adds what an entry has in it. The files have the paths that they have if the folder is chosen. */
async function addEntry(entry: FileSystemEntry, given: GivenFiles): Promise<void> {
  const path = entry.fullPath.slice(1);
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((done, failed) =>
        (entry as FileSystemFileEntry).file(done, failed),
      );
      given.files.push(Object.defineProperty(file, "webkitRelativePath", { value: path }));
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      // A call gives at most a hundred entries in Chromium.
      const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
      if (some.length === 0) return;
      for (const one of some) await addEntry(one, given);
    }
  } catch (error) {
    reportError(error);
    given.refused.push(path);
  }
}

/** Whether an `accept` list, as of `<input type=file>`, has a file in it. An empty one has all. */
export function isAccepted({ name, type }: Pick<File, "name" | "type">, accepts: string): boolean {
  const wishes = accepts.toLowerCase().match(/[^\s,]+/g);
  if (wishes === null) return true;
  return wishes.some((wish) => {
    if (wish.startsWith(".")) return name.toLowerCase().endsWith(wish);
    return wish.endsWith("/*") ? type.startsWith(wish.slice(0, -1)) : type === wish;
  });
}
