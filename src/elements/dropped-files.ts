/** Returns the files of a drop or a paste, those in folders included. The items are read before the first wait. */
export async function droppedFiles(data: DataTransfer): Promise<File[]> {
  // WebKit cannot read the entry of a file that is not on disk, such as a pasted picture.
  const found = [...data.items].map((item) => {
    const entry = item.webkitGetAsEntry();
    return entry?.isDirectory ? entry : item.getAsFile();
  });
  const files = await Promise.all(
    found.map((one) => (one instanceof File ? [one] : one === null ? [] : filesOf(one))),
  );
  return files.flat();
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile)
    return [await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  for (;;) {
    // A call gives at most a hundred entries in Chromium.
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return files;
    for (const one of some) files.push(...(await filesOf(one)));
  }
}

/** Whether an `accept` list, as of `<input type=file>`, has a file in it. An empty one has all. */
export function isAccepted({ name, type }: File, accepts: string): boolean {
  const wishes = accepts.toLowerCase().match(/[^\s,]+/g) ?? [];
  if (wishes.length === 0) return true;
  return wishes.some((wish) => {
    if (wish.startsWith(".")) return name.toLowerCase().endsWith(wish);
    return wish.endsWith("/*") ? type.startsWith(wish.slice(0, -1)) : type === wish;
  });
}
