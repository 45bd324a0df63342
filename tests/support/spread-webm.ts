// The elements of EBML and WebM that are needed here.
const SEGMENT = 0x18538067;
const SEEK_HEAD = 0x114d9b74;
const INFO = 0x1549a966;
const TRACKS = 0x1654ae6b;
const CLUSTER = 0x1f43b675;
const TIMESTAMP = 0xe7;
const CUES = 0x1c53bb6b;

const PADDING = element(0xec, Buffer.alloc(1_000_000));

/**
 * Spreads a WebM film, so that no player reads all of it at once: padding follows each cluster, and the index (`Cues`) is
 * at the end.
 */
export function spreadWebm(film: Buffer): Buffer {
  const segment = film.indexOf(bytesOf(SEGMENT));
  const inside = childrenOf(film.subarray(segment + 12));
  const parts = inside.filter(({ id }) => id === INFO || id === TRACKS).map(({ whole }) => whole);
  const cues: Buffer[] = [];
  let position = sizeOf([seekHead(0), ...parts]);
  for (const { whole, body } of inside.filter(({ id }) => id === CLUSTER)) {
    const place = element(0xb7, element(0xf7, uint64(1)), element(0xf1, uint64(position)));
    cues.push(element(0xbb, element(0xb3, timeOf(body)), place));
    parts.push(whole, PADDING);
    position += whole.length + PADDING.length;
  }
  return Buffer.concat([
    film.subarray(0, segment),
    element(SEGMENT, seekHead(position), ...parts, element(CUES, ...cues)),
  ]);
}

function seekHead(cuesAt: number): Buffer {
  return element(SEEK_HEAD, element(0x4dbb, element(0x53ab, bytesOf(CUES)), element(0x53ac, uint64(cuesAt))));
}

function timeOf(cluster: Buffer): Buffer {
  return childrenOf(cluster).find(({ id }) => id === TIMESTAMP)?.body ?? uint64(0);
}

function childrenOf(bytes: Buffer): { id: number; whole: Buffer; body: Buffer }[] {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const idLength = lengthOf(bytes[at]);
    const sizeAt = at + idLength;
    const sizeLength = lengthOf(bytes[sizeAt]);
    const start = sizeAt + sizeLength;
    // The first bit that is set is the mark of the length.
    const marked = BigInt(`0x${bytes.toString("hex", sizeAt, start)}`);
    const end = start + Number(marked & (2n ** BigInt(7 * sizeLength) - 1n));
    found.push({
      id: bytes.readUIntBE(at, idLength),
      whole: bytes.subarray(at, end),
      body: bytes.subarray(start, end),
    });
    at = end;
  }
  return found;
}

function lengthOf(first = 0): number {
  return Math.clz32(first) - 23;
}

function element(id: number, ...parts: readonly Buffer[]): Buffer {
  const size = uint64(sizeOf(parts));
  size[0] = 1;
  return Buffer.concat([bytesOf(id), size, ...parts]);
}

function sizeOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function bytesOf(id: number): Buffer {
  return Buffer.from(id.toString(16), "hex");
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
