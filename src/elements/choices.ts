/** What the user can do with a task. */
export type Action = "pause" | "resume" | "now" | "retry" | "open" | "save" | "cancel" | "remove";

/** What the user can do with all tasks. */
export type AllAction = "pause" | "resume" | "retry" | "cancel" | "remove";

/** Which tasks the list shows. */
export type Filter = "all" | "unfinished" | "done" | "failed" | "cancelled";

/** In which order. */
export type Order = "running" | "newest" | "name" | "size";
