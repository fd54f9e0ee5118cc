import { decompress as decompressZstd } from 'fzstd';
import kafkajs from 'kafkajs';
import lz4 from 'lz4js';
import snappy from 'snappyjs';

/**
 * Registers snappy, lz4 and zstd for reading; gzip is built into kafkajs. Freshet itself writes gzip or
 * plain. All are JavaScript, so that nothing has to be compiled at installation. Repeats change nothing.
 */
export function registerCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.Snappy] = readOnly('snappy', decompressSnappy);
  CompressionCodecs[CompressionTypes.LZ4] = readOnly('lz4', (bytes) => lz4.decompress(bytes));
  CompressionCodecs[CompressionTypes.ZSTD] = readOnly('zstd', (bytes) => decompressZstd(bytes));
}

function readOnly(name: string, decompress: (bytes: Uint8Array) => Uint8Array) {
  return () => ({
    compress: () => Promise.reject(new Error(`${name} is registered for reading only: write with gzip`)),
    decompress: async (bytes: Buffer) => {
      const plain = decompress(bytes);
      return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
    },
  });
}

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

/**
 * Java clients frame snappy by the xerial format: a header of 16 bytes, then blocks with a length of 4 bytes
 * before each; librdkafka writes one raw block. Throws on a frame that is cut off.
 */
function decompressSnappy(bytes: Uint8Array): Uint8Array {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!source.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappy.uncompress(source);
  const blocks: Uint8Array[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < source.length;) {
    const length = source.readInt32BE(at);
    const start = at + 4;
    if (length < 0 || start + length > source.length) throw new Error('snappy frame is cut off');
    blocks.push(snappy.uncompress(source.subarray(start, start + length)));
    at = start + length;
  }
  return Buffer.concat(blocks);
}
