import type { BenchBrowser } from "./browser.ts";
import type { Figure } from "./figure.ts";
import type { BenchServer } from "./server.ts";

/** The conditions under which a number is measured. */
export interface Setting {
  readonly site: BenchServer;
  /** A smoke run: fewer repetitions of less work, whose figures mean nothing. */
  readonly isQuick: boolean;
  /** How often each contestant is measured. */
  readonly repetitions: number;
  /** Launches the chosen engine on a fresh profile. */
  launch(): Promise<BenchBrowser>;
  /** Waits until the disk is idle, before each measurement that writes much; a smoke run does not wait. */
  settleDisk(): Promise<void>;
}

/** Measures one number of the contract. */
export type Measurement = (setting: Setting) => Promise<Figure[]>;
