import type { Destinations } from "../ports/finishing-parts.ts";
import { place } from "./place.ts";

/** Places downloads in a Cache or in the origin private file system: `startDaemon({ destinations })`. */
export const destinations: Destinations = { place };
