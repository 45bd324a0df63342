import { createSerwistRoute } from "@serwist/turbopack";

/** Builds the worker and serves it as /serwist/sw.js. */
export const { dynamic, dynamicParams, revalidate, generateStaticParams, GET } = createSerwistRoute({
  swSrc: "app/sw.js",
  useNativeEsbuild: true,
});
