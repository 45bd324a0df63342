import type { IntegrityCheck } from "../ports/finishing-parts.ts";
import { verify } from "./verify.ts";

/** Checks what tasks with an `integrity` have received: `startDaemon({ integrity })`. */
export const integrity: IntegrityCheck = { verify };
