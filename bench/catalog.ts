import type { EngineName } from "../tests/support/test-browser.ts";
import { afterClose } from "./numbers/after-close.ts";
import { cost } from "./numbers/cost.ts";
import { download } from "./numbers/download.ts";
import { drain } from "./numbers/drain.ts";
import { drainMultiplexed } from "./numbers/drain-multiplexed.ts";
import { growth } from "./numbers/growth.ts";
import { handover } from "./numbers/handover.ts";
import { idle } from "./numbers/idle.ts";
import { kills } from "./numbers/kills.ts";
import { load } from "./numbers/load.ts";
import { longLists } from "./numbers/long-lists.ts";
import { makeTasks } from "./numbers/make-tasks.ts";
import { openSession } from "./numbers/open.ts";
import { panel } from "./numbers/panel.ts";
import { parallel } from "./numbers/parallel.ts";
import { reconnect } from "./numbers/reconnect.ts";
import { size } from "./numbers/size.ts";
import { smallDownloads } from "./numbers/small-downloads.ts";
import { upload } from "./numbers/upload.ts";
import { uploadS3 } from "./numbers/upload-s3.ts";
import type { Measurement } from "./setting.ts";

interface Entry {
  readonly measure: Measurement;
  /** How often each contestant is measured, beside a warm-up: fewer times if it takes long. */
  readonly pairs: number;
  readonly engines: readonly EngineName[];
  /** Whether it runs only if it is named. */
  readonly isOptional?: boolean;
}

const CHROMIUM: readonly EngineName[] = ["chromium"];
const EVERY: readonly EngineName[] = ["chromium", "firefox", "webkit"];

/** What `npm run bench` measures, by name and in this order; all of it takes at most 20 minutes in Chromium. */
export const CATALOG: Readonly<Record<string, Entry>> = {
  "make-tasks": { measure: makeTasks, pairs: 7, engines: EVERY },
  drain: { measure: drain, pairs: 3, engines: EVERY },
  "drain-multiplexed": { measure: drainMultiplexed, pairs: 3, engines: CHROMIUM },
  cost: { measure: cost, pairs: 3, engines: EVERY },
  download: { measure: download, pairs: 3, engines: EVERY },
  "small-downloads": { measure: smallDownloads, pairs: 3, engines: EVERY },
  parallel: { measure: parallel, pairs: 2, engines: EVERY },
  upload: { measure: upload, pairs: 3, engines: CHROMIUM },
  "upload-s3": { measure: uploadS3, pairs: 2, engines: CHROMIUM },
  open: { measure: openSession, pairs: 5, engines: CHROMIUM },
  kills: { measure: kills, pairs: 1, engines: CHROMIUM },
  handover: { measure: handover, pairs: 2, engines: CHROMIUM },
  panel: { measure: panel, pairs: 3, engines: CHROMIUM },
  idle: { measure: idle, pairs: 3, engines: EVERY },
  size: { measure: size, pairs: 1, engines: CHROMIUM },
  reconnect: { measure: reconnect, pairs: 3, engines: CHROMIUM },
  growth: { measure: growth, pairs: 3, engines: CHROMIUM, isOptional: true },
  "long-lists": { measure: longLists, pairs: 5, engines: CHROMIUM, isOptional: true },
  "after-close": { measure: afterClose, pairs: 1, engines: EVERY, isOptional: true },
  load: { measure: load, pairs: 1, engines: CHROMIUM, isOptional: true },
};

export interface Choice {
  readonly engine: EngineName;
  readonly names: readonly string[];
}

/**
 * Returns what to measure in each engine: the named numbers that run there, or all but the optional ones.
 * @param browser an engine, or "all"
 * @throws RangeError if there is no such engine or number, or if a named one runs in none of the engines
 */
export function chosen(named: readonly string[], browser: string): Choice[] {
  const engines = EVERY.filter((engine) => browser === "all" || browser === engine);
  if (engines.length === 0) {
    throw new RangeError(`There is no browser "${browser}". There are: ${EVERY.join(", ")}, all.`);
  }
  const unknown = named.filter((name) => !Object.hasOwn(CATALOG, name));
  if (unknown.length > 0) {
    const names = Object.keys(CATALOG).join(", ");
    throw new RangeError(`There is no number "${unknown.join('", "')}". There are: ${names}.`);
  }
  const choices = engines.map((engine) => ({ engine, names: namesFor(engine, named) }));
  const left = named.filter((name) => !choices.some(({ names }) => names.includes(name)));
  if (left.length > 0) throw new RangeError(`"${left.join('", "')}" is not measured in ${browser}.`);
  return choices;
}

function namesFor(engine: EngineName, named: readonly string[]): string[] {
  return Object.entries(CATALOG)
    .filter(([name, { engines, isOptional = false }]) => {
      const isAsked = named.length > 0 ? named.includes(name) : !isOptional;
      return isAsked && engines.includes(engine);
    })
    .map(([name]) => name);
}
