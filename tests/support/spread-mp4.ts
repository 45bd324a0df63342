const PADDING = Buffer.alloc(10_000);

/**
 * Spreads an MP4 film whose index (`moov`) is at its end, so that no player reads all of it at once: padding follows each
 * chunk of samples.
 */
export function spreadMp4(film: Buffer): Buffer {
  const data = film.indexOf("mdat") - 4;
  const index = data + film.readUInt32BE(data);
  const moov = Buffer.from(film.subarray(index));
  const chunks = chunkOffsets(moov).sort((a, b) => a.offset - b.offset);
  const head = Buffer.from("\0\0\0\0mdat", "latin1");
  const parts = [film.subarray(0, data), head];
  let size = data + head.length;
  for (const [number, { offset, at }] of chunks.entries()) {
    moov.writeUInt32BE(size, at);
    const chunk = film.subarray(offset, chunks[number + 1]?.offset ?? index);
    parts.push(chunk, PADDING);
    size += chunk.length + PADDING.length;
  }
  head.writeUInt32BE(size - data);
  return Buffer.concat([...parts, moov]);
}

/** The offsets of the chunks of all tracks, and where they stand in the tables (`stco`). */
function chunkOffsets(moov: Buffer): { offset: number; at: number }[] {
  const found: { offset: number; at: number }[] = [];
  for (let table = moov.indexOf("stco"); table !== -1; table = moov.indexOf("stco", table + 4)) {
    const first = table + 12;
    const end = first + 4 * moov.readUInt32BE(table + 8);
    for (let at = first; at < end; at += 4) found.push({ offset: moov.readUInt32BE(at), at });
  }
  return found;
}
