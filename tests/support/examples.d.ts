declare module "*/scripts/examples.mjs" {
  export function exampleNames(): Promise<string[]>;
  export function exampleDirectory(name: string): string;
  export function prepareExamples(tarball: string): Promise<void>;
  export function buildExample(name: string): Promise<string[]>;
  export function startOwnServer(name: string): Promise<{ origin: string; end(): void } | undefined>;
}
