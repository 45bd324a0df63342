const RATE = 8_000;
const HEAD_BYTES = 44;

/**
 * Makes a WAV file, which every browser plays: another tone in each second, in 8 bits and one channel.
 * @param {number} seconds
 */
export function tones(seconds) {
  const length = seconds * RATE;
  const file = Buffer.alloc(HEAD_BYTES + length);
  file.write("RIFF", 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(RATE, 28);
  file.writeUInt16LE(1, 32);
  file.writeUInt16LE(8, 34);
  file.write("data", 36);
  file.writeUInt32LE(length, 40);
  for (let at = 0; at < length; at += 1) {
    const hertz = 220 + (Math.floor(at / RATE) % 24) * 20;
    file[HEAD_BYTES + at] = 128 + Math.round(60 * Math.sin((2 * Math.PI * hertz * at) / RATE));
  }
  return file;
}
