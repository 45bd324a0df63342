import { WORKER_SCRIPT } from "../register-worker.ts";

// biome-ignore lint/style/noDefaultExport: it stands for a module of the package that has one.
export default WORKER_SCRIPT;
