import { sampleFrom } from "./sample-from.ts";

export interface S3Key {
  readonly id: string;
  readonly secret: string;
  readonly region: string;
}

export type Presign = (
  key: S3Key,
  method: string,
  url: URL,
  headers?: Readonly<Record<string, string>>,
  seconds?: number,
  now?: Date,
) => string;

/** Returns the function that docs/s3.md has for an app's server. */
export async function presignOfDocs(): Promise<Presign> {
  return (await sampleFrom<{ presign: Presign }>("s3.md", "presign.ts")).presign;
}
