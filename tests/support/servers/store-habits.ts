import { createHash } from "node:crypto";
import { textOf } from "../../../src/sw/uploads/s3/xml.ts";
import type { Presign, S3Key } from "../presign-of-docs.ts";
import type { StoreHabits } from "./s3-stores.ts";

const PART = Buffer.alloc(1024 * 1024);
const ETAG = createHash("md5").update(PART).digest("hex");

/** Sends a request about an upload of two parts. @returns the status of the answer, and the code of its error */
type About = (method: string, body?: string | Buffer<ArrayBuffer>, partNumber?: string) => Promise<string>;

/** Asks a store what it answers where stores differ. @param bucket its address */
export async function storeHabitsOf(bucket: string, presign: Presign, key: S3Key): Promise<StoreHabits> {
  let uploads = 0;
  const newUpload = async (): Promise<About> => {
    uploads += 1;
    const url = new URL(`${bucket}/habit-${uploads}`);
    const ask = async (
      method: string,
      query: Record<string, string>,
      body?: string | Buffer<ArrayBuffer>,
    ) => {
      url.search = new URLSearchParams(query).toString();
      const answer = await fetch(presign(key, method, url), { method, ...(body && { body }) });
      return { status: answer.status, text: await answer.text() };
    };
    const uploadId = textOf((await ask("POST", { uploads: "" })).text, "UploadId") ?? "";
    const about: About = async (method, body, partNumber) => {
      const { status, text } = await ask(method, { uploadId, ...(partNumber && { partNumber }) }, body);
      return `${status} ${textOf(text, "Code") ?? ""}`.trim();
    };
    for (const partNumber of ["1", "2"]) await about("PUT", PART, partNumber);
    return about;
  };
  const complete = async (about: About, ...numbers: number[]) => {
    const parts = numbers.map((it) => `<Part><PartNumber>${it}</PartNumber><ETag>${ETAG}</ETag></Part>`);
    return about("POST", `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
  };
  const after = async (end: (about: About) => Promise<string>) => {
    const about = await newUpload();
    await end(about);
    return [await about("GET"), await about("PUT", PART, "2"), await complete(about, 1, 2)] as const;
  };
  const early = presign(key, "GET", new URL(`${bucket}/habit-0`), {}, 60, new Date(Date.now() - 3_600_000));
  return {
    expired: textOf(await (await fetch(early)).text(), "Message") ?? "",
    disorder: await complete(await newUpload(), 2, 1),
    unnamedPart: await complete(await newUpload(), 1),
    completed: await after((about) => complete(about, 1, 2)),
    aborted: await after((about) => about("DELETE")),
  };
}
