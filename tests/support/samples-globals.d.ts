/** The app around the samples, in a page. */
declare var around: import("./samples-app.ts").Around;
/** What the last sample declares: each has other names. */
// biome-ignore lint/suspicious/noExplicitAny: as above
declare var it: any;
declare var session: import("background-session").BackgroundSession;
declare var file: File;
declare var BackgroundSession: typeof import("background-session").BackgroundSession;
