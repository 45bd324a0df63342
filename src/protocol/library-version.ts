/** The version in package.json, which modules cannot read. */
export const LIBRARY_VERSION = "0.2.0";
