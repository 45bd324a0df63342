import type { IntegrityCheck } from "../ports/integrity-check.ts";
import { verify } from "./verify.ts";

/** Checks what tasks with an `integrity` have received: `startDaemon({ integrity })`. */
export const integrity: IntegrityCheck = { verify };
