import { playCases } from "../support/kit-stage.ts";

playCases("in Node alone");
