declare module "*/scripts/packed.mjs" {
  export const INSTALLED: string;
  export function installPackage(): Promise<string>;
}
