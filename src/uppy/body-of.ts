import type { Body, Meta, UppyFile } from "@uppy/core";
import type { StorableBody, UploadOptions } from "../app/index.ts";
import type { BackgroundSessionUploaderOptions } from "./uploader-options.ts";

/**
 * Returns what is sent of a file, and what goes beside it.
 * @throws TypeError if the file is not on this device
 */
export function bodyOf<M extends Meta, B extends Body>(
  { meta, name, type, isRemote, data }: UppyFile<M, B>,
  options: BackgroundSessionUploaderOptions<M, B>,
): [body: StorableBody, options: Pick<UploadOptions, "metadata">] {
  if (isRemote || data === undefined) throw new TypeError(`"${name}" is not on this device.`);
  const { allowedMetaFields = true, formData, fieldName = "file", protocol } = options;
  const all: Meta = meta;
  const names = allowedMetaFields === true ? Object.keys(all) : allowedMetaFields || [];
  const fields = names
    .filter((field) => all[field] != null)
    .map((field) => [field, String(all[field])] as const);
  if (formData) {
    const form = new FormData();
    for (const [field, value] of fields) form.append(field, value);
    form.append(fieldName, data, name);
    return [form, {}];
  }
  // As with @uppy/tus.
  const metadata = { filename: name, filetype: type, ...Object.fromEntries(fields) };
  return [data, protocol === "tus" ? { metadata } : {}];
}
