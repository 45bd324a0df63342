// The page's part in development builds: the same, and it warns of mistakes that are easily made. Bundlers take it by the
// condition `development` of the package's exports; production builds have nothing of it.
import { watchForMistakes } from "./developer/watch-for-mistakes.ts";
import { BackgroundSession } from "./session/session.ts";

export * from "./index.ts";

watchForMistakes(BackgroundSession);
