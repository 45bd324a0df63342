import { isResumeData, type ResumeData } from "../../protocol/resume-data.ts";
import type { ResumeRequest } from "../background-session.ts";
import { checkAddress } from "../requests/request-snapshot.ts";
import type { TaskRequest } from "../requests/task-request.ts";

export function isResumeRequest(request: TaskRequest | ResumeRequest): request is ResumeRequest {
  return typeof request === "object" && request !== null && "resumeData" in request;
}

/** What may be given beside `resumeData`, and what to do instead of everything else. */
const BESIDE_RESUME_DATA = {
  download: {
    names: ["request"],
    advice: "To continue from another address: downloadTask({ resumeData, request }).",
  },
  upload: { names: [], advice: "An upload continues where it was; another address is not supported yet." },
} as const;

/** @throws TypeError if it cannot be continued as `kind` */
export function checkedResumeData(given: ResumeRequest, kind: "download" | "upload"): ResumeData {
  const { resumeData: value, ...others } = given;
  const { names, advice } = BESIDE_RESUME_DATA[kind];
  const unknown = Object.entries(others).find(
    ([name, it]) => it !== undefined && !names.some((known) => known === name),
  );
  if (unknown !== undefined)
    throw new TypeError(`"${unknown[0]}" cannot be given beside resumeData. ${advice}`);
  if (!isResumeData(value))
    throw new TypeError("resumeData must be from a SessionError of this library, and unchanged.");
  if ((value.kind ?? "download") !== kind) throw new TypeError(`The resumeData is not from a ${kind} task.`);
  checkAddress(value.request.url);
  return value;
}
