import { fetchTransport } from "../../src/sw/transports/fetch-transport.ts";
import { streamingContract, transportContract } from "./transport-contract.ts";

transportContract("fetchTransport", () => ({ transport: fetchTransport }));
streamingContract("fetchTransport", () => ({ transport: fetchTransport }));
