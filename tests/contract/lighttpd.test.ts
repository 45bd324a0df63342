import { it } from "vitest";
import { installedServers } from "../support/servers/real-servers.ts";
import { realServerContract } from "./real-server-contract.ts";

const lighttpd = installedServers().find(({ name }) => name === "lighttpd");
if (lighttpd !== undefined) realServerContract(lighttpd);
else it.skip("lighttpd is not installed");
