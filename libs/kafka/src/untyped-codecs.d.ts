declare module 'lz4js' {
  /** Decodes a whole LZ4 frame. Throws when it is none. */
  export function decompress(frame: Uint8Array, maxBytes?: number): Uint8Array;
  /** Encodes as one frame. */
  export function compress(plain: Uint8Array): Uint8Array;
}
declare module 'snappyjs' {
  /** Decodes one raw snappy block. Throws when it is none. */
  export function uncompress(block: Uint8Array): Uint8Array;
  /** Encodes as one raw block. */
  export function compress(plain: Uint8Array): Uint8Array;
}
