import type { BackgroundTask } from "../src/app/index.ts";
import type { LibraryEntry } from "./library/schema.ts";

/** An item of the list: a task of the session until its end is recorded, and an entry of the library from then on. */
export type Transfer =
  | { readonly kind: "task"; readonly task: BackgroundTask }
  | { readonly kind: "entry"; readonly entry: LibraryEntry };
