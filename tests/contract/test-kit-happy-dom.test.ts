// @vitest-environment happy-dom
import { playCases } from "../support/kit-stage.ts";

playCases("with happy-dom");
