// @vitest-environment jsdom
import { playCases } from "../support/kit-stage.ts";

playCases("with jsdom");
