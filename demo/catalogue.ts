import type { CatalogueEntry } from "../server/catalogue.ts";

const KEPT = "catalogue";

export interface Catalogue {
  readonly samples: readonly CatalogueEntry[];
  /** False if the list is that of an earlier visit. */
  readonly isFresh: boolean;
}

/** Returns the server's list of sample files, or the list of the last visit if the server cannot be reached. */
export async function loadCatalogue(signal: AbortSignal): Promise<Catalogue> {
  try {
    const answer = await fetch("/catalogue.json", { signal, cache: "no-cache" });
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    const samples = samplesIn(await answer.json());
    localStorage.setItem(KEPT, JSON.stringify(samples));
    return { samples, isFresh: true };
  } catch {
    return { samples: keptSamples(), isFresh: false };
  }
}

function keptSamples(): CatalogueEntry[] {
  try {
    return samplesIn(JSON.parse(localStorage.getItem(KEPT) ?? "[]"));
  } catch {
    return [];
  }
}

function samplesIn(list: unknown): CatalogueEntry[] {
  return Array.isArray(list) ? list.filter(isSample) : [];
}

function isSample(value: unknown): value is CatalogueEntry {
  const { name, description, url } = (value ?? {}) as Record<string, unknown>;
  return [name, description, url].every((field) => typeof field === "string");
}
