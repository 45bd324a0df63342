import { installedServers } from "../support/servers/real-servers.ts";
import { realServerContract } from "./real-server-contract.ts";

for (const server of installedServers()) {
  // It has a file of its own, because its tests wait for its clock.
  if (server.name !== "lighttpd") realServerContract(server);
}
