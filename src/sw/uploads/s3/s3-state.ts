import { fits, optional } from "../../../protocol/shape.ts";
import type { UploadFacts } from "../steps/upload-steps.ts";

/** How far an upload to S3 is. */
export interface S3State {
  /** The size of each part but the last; 0 if the body goes in one PUT. Chosen once: other borders would spoil the object. */
  readonly partBytes: number;
  readonly sizeBytes: number;
  /** Ours, in the object's metadata: it tells our object from another one if the answer to Complete is lost. */
  readonly token: string;
  readonly uploadId?: string;
  /** It is known which parts the bucket has: none yet, or it has said so in this run. */
  readonly isListed: boolean;
  /** The last part number on the pages read so far. */
  readonly marker?: string;
  /** The ETags of the parts that the bucket has, by part number - 1. */
  readonly tags: readonly (string | undefined)[];
  /** Complete was sent. */
  readonly isCompleting?: true;
  /** The upload is gone after Complete was sent: either it has succeeded, or the bucket has dropped the upload. */
  readonly isVanished?: true;
  /** Complete was refused in this run because of a part. */
  readonly isRefused?: true;
}

const MIB = 1024 * 1024;
export const MOST_PARTS = 10_000;
/** The header of the object that has our token. */
export const TOKEN = "x-amz-meta-upload-token";

/** @param partSize the least size of a part */
export function freshState({ sizeBytes }: UploadFacts, partSize: number): S3State {
  const least = Math.ceil(sizeBytes / MOST_PARTS / MIB) * MIB;
  const partBytes = sizeBytes > partSize ? Math.max(partSize, least) : 0;
  return { partBytes, sizeBytes, token: crypto.randomUUID(), isListed: true, tags: [] };
}

/** ListParts says which parts are there, so ETags are stored only for Complete, which may have to be repeated. */
export function stored({ partBytes, token, uploadId, isCompleting, tags }: S3State): unknown {
  return { version: 1, partBytes, token, uploadId, isCompleting, ...(isCompleting && { tags }) };
}

export function restored(value: unknown, { sizeBytes }: UploadFacts): S3State | undefined {
  const shape = { partBytes: 0, token: "", uploadId: optional("") };
  if (!fits(value, { version: (version) => version === 1, ...shape })) return undefined;
  const { partBytes, token, uploadId, isCompleting, tags = [] } = value as S3State;
  const before = { partBytes, sizeBytes, token, ...(uploadId !== undefined && { uploadId }) };
  // If Complete was refused and parts are sent again, some are missing: the bucket is asked.
  const isWhole = fits(tags, [""]) && tags.length === partsIn({ partBytes, sizeBytes });
  return { ...before, isListed: isWhole, tags: isWhole ? tags : [], ...(isCompleting && { isCompleting }) };
}

export function partsIn({ partBytes, sizeBytes }: Pick<S3State, "partBytes" | "sizeBytes">): number {
  return partBytes && Math.ceil(sizeBytes / partBytes);
}

/** Returns where a part begins and ends. */
export function boundsOf({ partBytes, sizeBytes }: S3State, partNumber: number): [number, number] {
  return [(partNumber - 1) * partBytes, Math.min(sizeBytes, partNumber * partBytes)];
}

export function bytesOf(state: S3State, partNumber: number): number {
  const [start, end] = boundsOf(state, partNumber);
  return end - start;
}

export function withTag(state: S3State, partNumber: number, tag: string): S3State {
  const tags = Array.from({ length: partsIn(state) }, (_, index) => state.tags[index]);
  tags[partNumber - 1] = tag;
  return { ...state, tags };
}
