import type { Body, Meta, UppyFile } from "@uppy/core";
import type { StorableBody, UploadOptions, UploadProtocolName } from "../app/index.ts";
import type { BackgroundSessionUploaderOptions } from "./uploader-options.ts";

/**
 * Returns what is sent of a file, and what goes beside it.
 * @throws TypeError if the file is not on this device
 */
export function bodyOf<M extends Meta, B extends Body>(
  { meta, name, source, isRemote, isRestored, data }: UppyFile<M, B>,
  options: BackgroundSessionUploaderOptions<M, B>,
): [body: StorableBody, options: Pick<UploadOptions, "metadata">] {
  if (isRemote) throw new TypeError(`"${name}" is with ${source}: it needs an Uppy with @uppy/tus.`);
  if (isRestored || data === undefined)
    throw new TypeError(`"${name}" is not on this device any more: add it again.`);
  const { allowedMetaFields = true, formData, fieldName = "file", protocol } = options;
  const all: Meta = meta;
  const names = allowedMetaFields === true ? Object.keys(all) : allowedMetaFields || [];
  const fields = names.flatMap((field) => (all[field] == null ? [] : [[field, all[field]] as const]));
  // Uppy knows the type by the name, too, and the user may have edited both.
  const { type = data.type } = meta;
  const blob = type === data.type ? data : data.slice(0, data.size, type);
  if (formData) {
    const form = new FormData();
    // A list is a field that comes several times.
    for (const [field, value] of fields)
      for (const one of [value].flat()) form.append(field, one as string | Blob);
    form.append(fieldName, blob, meta.name);
    return [form, {}];
  }
  return [blob, takesMetadata(protocol) ? { metadata: metadataOf(fields) } : {}];
}

function takesMetadata(protocol: UploadProtocolName | undefined): boolean {
  return protocol !== undefined && protocol !== "ietf";
}

function metadataOf(fields: readonly Field[]): Record<string, string> {
  const metadata = Object.fromEntries(fields.map(([field, value]) => [field, String(value)]));
  const { name: filename, type: filetype } = metadata;
  // As @uppy/tus names them, if they may be sent.
  return { ...(filename && { filename }), ...(filetype && { filetype }), ...metadata };
}

type Field = readonly [name: string, value: unknown];
