import type { StepAnswer, StepReply, StepRequest, UploadFacts, UploadSteps } from "../steps/upload-steps.ts";
import { isBare, isSuccess, isUnknown, refusalIn } from "./s3-answer.ts";
import type { S3Operation, S3Sign, S3Step } from "./s3-operation.ts";
import {
  boundsOf,
  bytesOf,
  freshState,
  MOST_PARTS,
  partsIn,
  restored,
  type S3State,
  stored,
  TOKEN,
  withTag,
} from "./s3-state.ts";
import { elementsIn, escaped, textOf } from "./xml.ts";

type Reply = StepReply<S3State>;

/** A bucket may send spaces for minutes while it puts the parts together. */
const COMPLETION_MS = 600_000;
const GONE: Reply = { kind: "gone", reason: "the bucket lost the upload" };

/**
 * S3 multipart uploads:
 *
 *     put ──→ answer                                 (a small body)
 *     create ──→ part, part, … ──→ complete ──→ answer
 *                 ↑ what is missing   │ the bucket does not know the upload
 *                list                head ──→ answer, if the object has our token
 *                 ↑ a new run
 */
export function s3Steps(sign: S3Sign, partSize: number): UploadSteps<S3State, S3Step> {
  return {
    name: "s3",
    begin: (upload) => freshState(upload, partSize),
    store: stored,
    restore: restored,

    acknowledgedBytes: (state) =>
      state.isListed
        ? state.tags.reduce((sum, tag, index) => sum + (tag === undefined ? 0 : bytesOf(state, index + 1)), 0)
        : undefined,

    parallel: (state) => partsIn(state) - acknowledgedParts(state),

    next(state) {
      if (state.partBytes === 0) return [{ kind: "put" }];
      if (state.uploadId === undefined) return [{ kind: "create" }];
      if (state.isVanished) return [{ kind: "head" }];
      if (!state.isListed) return [{ kind: "list", ...(state.marker && { marker: state.marker }) }];
      return acknowledgedParts(state) < partsIn(state) ? missingParts(state) : [{ kind: "complete" }];
    },

    sending: (step, state) => (step.kind === "complete" ? { ...state, isCompleting: true } : state),

    async request(step, state, upload) {
      const operation = operationOf(step, state, upload);
      const signed = await sign(operation, upload);
      if (signed === "wait") return signed;
      // No TypeError: that is what `fetch` rejects with if the network is gone.
      if (!URL.canParse(signed?.url)) throw new Error("sign() must return an absolute { url }.");
      const { url, headers = "headers" in operation ? operation.headers : {} } = signed;
      const { method } = operation;
      return { url, method, headers, isSigned: true, ...bodyOf(step, state) };
    },

    read(step, answer, state) {
      sign.onAnswer?.(answer);
      return READERS[step.kind as ReadKind](answer, state, step);
    },

    *removal({ uploadId }) {
      if (uploadId !== undefined) yield { kind: "abort" };
    },
  };
}

function acknowledgedParts({ tags }: S3State): number {
  return tags.filter((tag) => tag !== undefined).length;
}

function* missingParts(state: S3State): Iterable<S3Step> {
  for (let partNumber = 1; partNumber <= partsIn(state); partNumber += 1)
    if (state.tags[partNumber - 1] === undefined) yield { kind: "part", partNumber };
}

function operationOf(step: S3Step, state: S3State, { type }: UploadFacts): S3Operation {
  const { uploadId = "", sizeBytes, token } = state;
  const about = type === "" ? {} : { "content-type": type };
  switch (step.kind) {
    case "put":
      return { kind: "putObject", method: "PUT", sizeBytes, headers: about };
    case "create":
      return { kind: "createUpload", method: "POST", headers: { ...about, [TOKEN]: token } };
    case "part": {
      const { partNumber } = step;
      return {
        kind: "uploadPart",
        method: "PUT",
        uploadId,
        partNumber,
        sizeBytes: bytesOf(state, partNumber),
      };
    }
    case "list":
      return { kind: "listParts", method: "GET", uploadId, partNumberMarker: step.marker };
    case "complete":
      return { kind: "completeUpload", method: "POST", uploadId };
    case "abort":
      return { kind: "abortUpload", method: "DELETE", uploadId };
    case "head":
      return { kind: "headObject", method: "HEAD" };
  }
}

function bodyOf(step: S3Step, state: S3State): Pick<StepRequest, "body" | "patienceMs"> {
  if (step.kind === "put") return { body: [0, state.sizeBytes] };
  if (step.kind === "part") return { body: boundsOf(state, step.partNumber) };
  if (step.kind !== "complete") return {};
  const parts = state.tags.map(
    (tag = "", index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`,
  );
  return {
    body: `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join("")}</CompleteMultipartUpload>`,
    patienceMs: COMPLETION_MS,
  };
}

type Reader = (answer: StepAnswer, state: S3State, step: S3Step) => Reply;

/** The answer to `abort` is not read. */
type ReadKind = Exclude<S3Step["kind"], "abort">;

const READERS: { readonly [Kind in ReadKind]: Reader } = {
  put: (answer) => (isBare(answer) ? { kind: "answer" } : refusalIn(answer)),

  create(answer, state) {
    const uploadId = textOf(answer.text, "UploadId");
    if (!isSuccess(answer) || uploadId === undefined) return refusalIn(answer);
    return { kind: "next", state: { ...state, uploadId, isListed: true } };
  },

  list(answer, state) {
    if (isUnknown(answer)) return vanished(state);
    if (!isSuccess(answer) || !answer.text.includes("<ListPartsResult")) return refusalIn(answer);
    let next = state;
    for (const part of elementsIn(answer.text, "Part")) {
      const partNumber = Number(textOf(part, "PartNumber"));
      const tag = textOf(part, "ETag");
      const isOurs = partNumber >= 1 && partNumber <= partsIn(state) && tag !== undefined;
      if (isOurs && Number(textOf(part, "Size")) === bytesOf(state, partNumber))
        next = withTag(next, partNumber, tag);
    }
    const last = Number(textOf(answer.text, "NextPartNumberMarker"));
    if (textOf(answer.text, "IsTruncated") !== "true")
      return { kind: "next", state: { ...next, isListed: true } };
    if (!(last > Number(state.marker ?? 0) && last < MOST_PARTS))
      return { kind: "nonsense", reason: `the list of parts ends at ${last}` };
    return { kind: "next", state: { ...next, marker: `${last}` } };
  },

  part(answer, state, step) {
    if (isUnknown(answer)) return vanished(state);
    if (!isBare(answer)) return refusalIn(answer);
    const tag = answer.headers.get("etag");
    if (tag === null) return { kind: "hopeless", message: ETAG_HIDDEN };
    return { kind: "next", state: withTag(state, (step as { partNumber: number }).partNumber, tag) };
  },

  complete(answer, state) {
    if (isUnknown(answer)) return vanished(state);
    if (isSuccess(answer) && answer.text.includes("<CompleteMultipartUploadResult"))
      return { kind: "answer" };
    // What the bucket has now is asked before Complete is sent again: Ceph answers 500 if the upload is gone.
    const { marker: _, ...rest } = state;
    const unlisted = { ...rest, isListed: false, tags: [] };
    if (textOf(answer.text, "Code") === "InvalidPart" && !state.isRefused)
      return { kind: "next", state: { ...unlisted, isRefused: true } };
    const reply = refusalIn(answer);
    return reply.kind === "later" || reply.kind === "nonsense" ? { ...reply, state: unlisted } : reply;
  },

  head(answer, { token, sizeBytes }) {
    if (answer.status === 404) return GONE;
    if (isSuccess(answer)) {
      const found = answer.headers.get(TOKEN);
      if (found === token) return { kind: "answer" };
      if (found !== null || Number(answer.headers.get("content-length") ?? sizeBytes) !== sizeBytes)
        return GONE;
    }
    const reply = refusalIn(answer);
    // An answer to HEAD does not say what is wrong: it may be the signature, and the next one may be right.
    return reply.kind === "later" ? reply : { kind: "nonsense", reason: UNSETTLED };
  },
};

/** The bucket does not know the upload. If Complete was sent, it may have succeeded, and its answer was lost. */
function vanished(state: S3State): Reply {
  return state.isCompleting ? { kind: "next", state: { ...state, isVanished: true } } : GONE;
}

const ETAG_HIDDEN =
  "The answer to a part has no readable ETag. Put ETag into ExposeHeaders of the bucket's CORS rule.";

const UNSETTLED =
  "The answer that completes the upload was lost, and the object does not show whether it is this upload. " +
  `Sign ${TOKEN} at createUpload, allow HEAD and s3:ListBucket, and put ${TOKEN} into ExposeHeaders of the bucket's CORS rule.`;
