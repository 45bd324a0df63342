declare module "*/scripts/examples.mjs" {
  export function exampleNames(): Promise<string[]>;
  export function exampleDirectory(name: string): string;
  export function prepareExamples(tarball: string): Promise<void>;
  export function buildExample(name: string): Promise<string[]>;
  export function startOwnServer(name: string): Promise<{ origin: string; end(): void } | undefined>;
}

declare module "*/examples/podcast/tones.mjs" {
  export function tones(seconds: number): Uint8Array;
}
