import { fetchTransport } from "../../src/sw/transports/fetch-transport.ts";
import { transportContract } from "./transport-contract.ts";

transportContract("fetchTransport", fetchTransport);
