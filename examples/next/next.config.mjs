/** Rendered when it is built, and hydrated in the browser; with a Next server it is rendered at each request. */
export default { output: "export", distDir: "dist" };
