import { isShortString } from "../../../protocol/checks.ts";
import type { UploadProtocol } from "../../ports/upload-protocol.ts";
import { bodyOf } from "../body-of.ts";
import { StepUpload } from "./step-upload.ts";
import type { UploadSteps } from "./upload-steps.ts";

export type { SendingTask } from "../../ports/sending-task.ts";
export type { UploadProtocol } from "../../ports/upload-protocol.ts";
export type { StepAnswer, StepReply, StepRequest, UploadFacts, UploadSteps } from "./upload-steps.ts";

/**
 * Makes an upload protocol of a table of functions, for `startDaemon({ uploadProtocols })`; see
 * `docs/upload-protocols.md`.
 *
 * @example
 * import { startDaemon } from "background-session/daemon";
 * import { uploadProtocol } from "background-session/upload-protocol";
 * startDaemon({ uploadProtocols: [uploadProtocol(blocks)] });
 *
 * @throws TypeError if the name is no string of 1 to 1,024 characters
 */
export function uploadProtocol<State, Step>(steps: UploadSteps<State, Step>): UploadProtocol {
  if (!isShortString(steps.name)) throw new TypeError("name must be a string of 1 to 1,024 characters.");
  return {
    name: steps.name,
    async transport(run) {
      const body = await bodyOf(run);
      return body instanceof Blob ? new StepUpload(run, steps, body).send() : body;
    },
    discard: (run) => new StepUpload(run, steps, new Blob([])).discard(),
  };
}
