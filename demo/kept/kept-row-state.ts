import type { TransportWay } from "../../src/app/index.ts";
import type { LibraryEntry, Outcome } from "../library/schema.ts";
import { byteWords } from "../words/byte-words.ts";
import { minuteWords } from "../words/clock-words.ts";
import { ERROR_WORDS } from "../words/error-words.ts";
import { statusWords } from "../words/status-words.ts";

export type Action = "open" | "save" | "answer" | "retry" | "remove";
export type Tone = "done" | "paused" | "failed";

/** Everything that the row of an ended transfer shows. */
export interface KeptRowState {
  readonly name: string;
  readonly sentence: string;
  readonly tone: Tone;
  /** Size, time, way and attempts. */
  readonly facts: string;
  readonly detail: string | undefined;
  readonly actions: readonly Action[];
}

/** What differs between downloads and uploads. */
export interface KeptKind {
  readonly finished: string;
  readonly onFile: readonly Action[];
  readonly onRefusal: readonly Action[];
  canRetry(entry: LibraryEntry): boolean;
  readonly ways: Readonly<Record<TransportWay, string>>;
}

export const KEPT_DOWNLOADS: KeptKind = {
  finished: "Finished",
  onFile: ["open", "save", "remove"],
  onRefusal: ["retry", "remove"],
  canRetry: () => true,
  ways: { worker: "fetched by the worker", "background-fetch": "fetched by the browser itself" },
};

export const KEPT_UPLOADS: KeptKind = {
  finished: "Sent",
  onFile: ["answer", "remove"],
  onRefusal: ["answer", "remove"],
  canRetry: ({ resumeData }) => resumeData !== undefined,
  ways: { worker: "sent by the worker", "background-fetch": "sent by the browser itself" },
};

/** Returns what the row of an entry shows: a pure function of it. */
export function keptRowState(entry: LibraryEntry, kind: KeptKind): KeptRowState {
  const { name, attempts, outcome, endedAt, way } = entry;
  const facts = [
    outcome.kind === "file" ? byteWords(outcome.sizeBytes) : undefined,
    endedAt === undefined ? undefined : minuteWords(endedAt),
    way && kind.ways[way],
    attempts > 1 ? `${attempts} attempts` : undefined,
  ];
  return {
    name,
    ...ending(outcome, kind, kind.canRetry(entry)),
    facts: facts.filter((fact) => fact !== undefined).join(" · "),
  };
}

function ending(
  outcome: Outcome,
  { finished, onFile, onRefusal }: KeptKind,
  canRetry: boolean,
): Pick<KeptRowState, "sentence" | "tone" | "actions" | "detail"> {
  switch (outcome.kind) {
    case "file":
      return { sentence: finished, tone: "done", actions: onFile, detail: undefined };
    case "refused": {
      const sentence = statusWords(outcome.status, outcome.statusText);
      return { sentence, tone: "failed", actions: onRefusal, detail: undefined };
    }
    case "failed": {
      const isCancelled = outcome.code === "cancelled";
      return {
        sentence: ERROR_WORDS[outcome.code],
        tone: isCancelled ? "paused" : "failed",
        actions: canRetry ? ["retry", "remove"] : ["remove"],
        detail: isCancelled ? undefined : outcome.message,
      };
    }
  }
}
