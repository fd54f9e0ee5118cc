import { crc32c } from '../private-kafkajs.js';

/** Version of the produce request that is written here; kafkajs sends it to every broker since Kafka 2.1. */
export const KNOWN_PRODUCE_VERSION = 7;

/** What kafkajs gives to be sent. */
export interface ProduceParameters {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | null | undefined;
  /** A whole number of 64 bits, in one of the forms that kafkajs has for one. */
  readonly producerId: { toString(): string };
  readonly producerEpoch: number;
  readonly compression: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence: number;
      readonly messages: readonly Message[];
    }[];
  }[];
}

interface Message {
  readonly key?: unknown;
  readonly value?: unknown;
  readonly headers?: object | undefined;
  readonly timestamp?: unknown;
}

type Bytes = string | Uint8Array | null | undefined;

/** Base offset, length, leader epoch, magic byte and checksum; then attributes to the number of records. */
const BATCH_HEAD = 8 + 4 + 4 + 1 + 4;
const BATCH_FIELDS = 2 + 4 + 8 + 8 + 8 + 2 + 4 + 4;
const TRANSACTIONAL = 16;
const NO_BYTES = -1;

/**
 * Body of a produce request of version 7, every byte written once; undefined where messages have headers or times of
 * their own, or are compressed: kafkajs then writes it. kafkajs makes a buffer, and sizes of 64 bits, for every record,
 * and copies it into that of each level of the request (docs/decisions/0064).
 */
export function produceBody(parameters: ProduceParameters): Buffer | undefined {
  const { acks, timeout, transactionalId = null, compression, topicData } = parameters;
  if (compression !== 0) return undefined;
  const topics = topicData.map(({ topic, partitions }) => ({
    topic,
    batches: partitions.map(({ messages, ...rest }) => ({ ...rest, messages, size: recordsSize(messages) })),
  }));
  const sizes = topics.flatMap(({ batches }) => batches.map(({ size }) => size));
  if (sizes.includes(undefined)) return undefined;

  const writer = new Writer(
    textSize(transactionalId) +
      2 + // acks
      4 + // timeout
      4 + // number of topics
      topics.reduce((sum, { topic }) => sum + textSize(topic) + 4, 0) +
      sizes.reduce((sum: number, size) => sum + 4 + 4 + BATCH_HEAD + BATCH_FIELDS + size!, 0),
  );
  writer.text(transactionalId);
  writer.int16(acks);
  writer.int32(timeout);
  writer.int32(topics.length);
  for (const { topic, batches } of topics) {
    writer.text(topic);
    writer.int32(batches.length);
    for (const { partition, firstSequence, messages, size } of batches) {
      writer.int32(partition);
      writer.int32(BATCH_HEAD + BATCH_FIELDS + size!);
      writeBatch(writer, messages, size!, firstSequence, parameters);
    }
  }
  return writer.bytes;
}

function writeBatch(
  writer: Writer,
  messages: readonly Message[],
  size: number,
  firstSequence: number,
  { transactionalId, producerId, producerEpoch }: ProduceParameters,
): void {
  const nowMs = BigInt(Date.now());
  writer.int64(0n);
  writer.int32(BATCH_HEAD - 12 + BATCH_FIELDS + size);
  writer.int32(0);
  writer.int8(2);
  const checksumAt = writer.at;
  writer.int32(0);
  const from = writer.at;
  writer.int16(transactionalId ? TRANSACTIONAL : 0);
  writer.int32(messages.length - 1);
  writer.int64(nowMs);
  writer.int64(nowMs);
  writer.int64(BigInt(producerId.toString()));
  writer.int16(producerEpoch);
  writer.int32(firstSequence);
  writer.int32(messages.length);
  for (let index = 0; index < messages.length; index += 1) {
    const { key, value } = messages[index] as { key: Bytes; value: Bytes };
    writer.varint(bodySize(index, key, value));
    writer.int8(0);
    writer.varint(0);
    writer.varint(index);
    writer.varBytes(key);
    writer.varBytes(value);
    writer.varint(0);
  }
  writer.bytes.writeUInt32BE(crc32c(writer.bytes.subarray(from, writer.at)), checksumAt);
}

/** Of the records of a batch; undefined where one is not surely understood. */
function recordsSize(messages: readonly Message[]): number | undefined {
  let sum = 0;
  for (let index = 0; index < messages.length; index += 1) {
    const { key, value, headers, timestamp } = messages[index]!;
    if (!isAbsent(timestamp) || !isBytes(key) || !isBytes(value)) return undefined;
    if (headers !== undefined && Object.keys(headers).length > 0) return undefined;
    const size = bodySize(index, key, value);
    sum += varintSize(size) + size;
  }
  return sum;
}

/** Attributes, times and headers, of which there are none, are a byte each. */
function bodySize(index: number, key: Bytes, value: Bytes): number {
  return 1 + 1 + varintSize(index) + varBytesSize(key) + varBytesSize(value) + 1;
}

function isBytes(value: unknown): value is Bytes {
  return isAbsent(value) || typeof value === 'string' || value instanceof Uint8Array;
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function varBytesSize(value: Bytes): number {
  if (isAbsent(value)) return varintSize(NO_BYTES);
  const size = Buffer.byteLength(value);
  return varintSize(size) + size;
}

function varintSize(value: number): number {
  let size = 1;
  for (let left = zigzag(value) >>> 7; left > 0; left >>>= 7) size += 1;
  return size;
}

function zigzag(value: number): number {
  return (value << 1) ^ (value >> 31);
}

function textSize(value: string | null): number {
  return 2 + (value === null ? 0 : Buffer.byteLength(value));
}

/** Writes to memory of just the size that it is given. */
class Writer {
  readonly bytes: Buffer;
  at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  int8(value: number): void {
    this.at = this.bytes.writeInt8(value, this.at);
  }

  int16(value: number): void {
    this.at = this.bytes.writeInt16BE(value, this.at);
  }

  int32(value: number): void {
    this.at = this.bytes.writeInt32BE(value, this.at);
  }

  int64(value: bigint): void {
    this.at = this.bytes.writeBigInt64BE(value, this.at);
  }

  text(value: string | null): void {
    this.int16(value === null ? -1 : Buffer.byteLength(value));
    if (value !== null) this.at += this.bytes.write(value, this.at);
  }

  varint(value: number): void {
    let left = zigzag(value) >>> 0;
    for (; left > 0x7f; left >>>= 7) this.bytes[this.at++] = (left & 0x7f) | 0x80;
    this.bytes[this.at++] = left;
  }

  varBytes(value: Bytes): void {
    if (isAbsent(value)) {
      this.varint(NO_BYTES);
    } else if (typeof value === 'string') {
      this.varint(Buffer.byteLength(value));
      this.at += this.bytes.write(value, this.at);
    } else {
      this.varint(value.length);
      this.bytes.set(value, this.at);
      this.at += value.length;
    }
  }
}
