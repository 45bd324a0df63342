import type { Body, Meta, UppyFile } from "@uppy/core";
import type { StorableBody, UploadOptions } from "../app/index.ts";
import type { BackgroundSessionUploaderOptions } from "./uploader-options.ts";

/**
 * Returns what is sent of a file, and what goes beside it.
 * @throws TypeError if the file is not on this device
 */
export function bodyOf<M extends Meta, B extends Body>(
  { meta, name, isRemote, isRestored, data }: UppyFile<M, B>,
  options: BackgroundSessionUploaderOptions<M, B>,
): [body: StorableBody, options: Pick<UploadOptions, "metadata">] {
  if (isRemote || isRestored || data === undefined) throw new TypeError(`"${name}" is not on this device.`);
  const { allowedMetaFields = true, formData, fieldName = "file", protocol } = options;
  const all: Meta = meta;
  const names = allowedMetaFields === true ? Object.keys(all) : allowedMetaFields || [];
  const fields = names
    .filter((field) => all[field] != null)
    .map((field) => [field, String(all[field])] as const);
  // Uppy knows the type by the name, too, and the user may have edited both.
  const { type = data.type } = meta;
  const blob = type === data.type ? data : data.slice(0, data.size, type);
  if (formData) {
    const form = new FormData();
    for (const [field, value] of fields) form.append(field, value);
    form.append(fieldName, blob, meta.name);
    return [form, {}];
  }
  // As @uppy/tus names them.
  const metadata = { filename: meta.name, filetype: type, ...Object.fromEntries(fields) };
  return [blob, protocol === "tus" ? { metadata } : {}];
}
