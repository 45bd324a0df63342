import { KEY_LENGTH, keyOf } from "./upload.ts";

const MAX_NOTED = 200;

/**
 * Notes that an upload was cancelled. When its task is settled and deleted, a page that slept meanwhile could not tell it
 * from one that succeeded.
 * @param name of the group of its task
 */
export function noteCancelled(name: string, taskId: string): void {
  try {
    localStorage[name] = ((localStorage[name] ?? "") + keyOf(taskId)).slice(-MAX_NOTED * KEY_LENGTH);
  } catch {
    // The browser, or the user, allows no storage of this kind.
  }
}

export function wasCancelled(name: string, taskId: string): boolean {
  try {
    return localStorage[name].includes(keyOf(taskId));
  } catch {
    return false;
  }
}
