/** Made by `shell-files-plugin.ts`. */
declare module "virtual:shell-files" {
  /** Absolute paths of everything the page consists of; none in the dev server. */
  export const files: readonly string[];
  /** Changes with every change of a file. */
  export const version: string;
}
