import { startServer } from "../../server/server.ts";
import { servePodcast } from "./serve.ts";

const server = await startServer({ port: 8080 });
await servePodcast(server);
console.log(`${server.origin}/podcast/ (Ctrl+C stops it)`);
