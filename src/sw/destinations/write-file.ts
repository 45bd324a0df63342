import { type DraftPlace, draftPrefix, withDraft } from "./drafts.ts";
import type { StoredBody } from "./stored-body.ts";

/** Not in the types of TypeScript yet. Every browser that has `createWritable` has it. */
interface MovableFile extends FileSystemFileHandle {
  move(directory: FileSystemDirectoryHandle, name: string): Promise<void>;
}

/** The directory for files that are not whole yet, in the origin private file system. */
const DRAFTS = ".background-session";

/**
 * Writes a body to a file in the origin private file system. A file that is being written is visible, as an empty one: so
 * it gets its name in one step when it is whole.
 * @param scope distinguishes the daemons of one origin
 */
export async function writeFile(path: string, { stream, signal }: StoredBody, scope: string): Promise<void> {
  if (!canWrite()) throw new DOMException("", "NotSupportedError");
  const root = await navigator.storage.getDirectory();
  const names = path.split("/");
  const name = names.pop() ?? "";
  let directory = root;
  for (const parent of names) directory = await directory.getDirectoryHandle(parent, { create: true });
  await checkKind(directory, name);
  const drafts = await root.getDirectoryHandle(DRAFTS, { create: true });
  await withDraft(draftPrefix(scope), placeIn(drafts), async (draft) => {
    const file = (await drafts.getFileHandle(draft, { create: true })) as MovableFile;
    await stream.pipeTo(await file.createWritable(), { signal });
    signal.throwIfAborted();
    await file.move(directory, name);
  });
}

function placeIn(directory: FileSystemDirectoryHandle): DraftPlace {
  return { keys: () => directory.keys(), remove: (name) => directory.removeEntry(name) };
}

/** Safari before version 26 cannot. */
function canWrite(): boolean {
  return typeof FileSystemFileHandle !== "undefined" && "createWritable" in FileSystemFileHandle.prototype;
}

/** Firefox would replace a directory. */
async function checkKind(directory: FileSystemDirectoryHandle, name: string): Promise<void> {
  await directory.getFileHandle(name).catch((error: DOMException) => {
    if (error.name !== "NotFoundError") throw error;
  });
}
