/** What the user can do with a task. `now` tries again at once; `remove` takes it out of the list and off the disk. */
export type Action = "pause" | "resume" | "now" | "retry" | "open" | "save" | "cancel" | "remove";

/** What the user can do with all tasks. */
export type AllAction = "pause" | "resume" | "retry" | "cancel" | "remove";

/** Which tasks the list shows; `done`: those that have succeeded. */
export type Filter = "all" | "unfinished" | "done" | "failed" | "cancelled";

/** In which order the list shows tasks: what moves first, the newest, by name, or the largest first. */
export type Order = "running" | "newest" | "name" | "size";
