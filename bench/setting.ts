import type { BenchBrowser } from "./browser.ts";
import type { Figure } from "./figure.ts";
import type { BenchServer } from "./server.ts";

/** What a number is measured with. */
export interface Setting {
  readonly site: BenchServer;
  /** A smoke run: fewer repetitions of less work, whose figures say nothing. */
  readonly isQuick: boolean;
  /** How often each contestant is measured. */
  readonly repetitions: number;
  /** A browser on a fresh profile, of the engine that was asked for. */
  launch(): Promise<BenchBrowser>;
}

/** Measures one number of the contract. */
export type Measurement = (setting: Setting) => Promise<Figure[]>;
