declare module "*/scripts/packed.mjs" {
  export function withInstalledPackage<Result>(
    use: (directory: string, tarball: string) => Promise<Result>,
  ): Promise<Result>;
}
