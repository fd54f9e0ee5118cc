import kafkajs from 'kafkajs';

import type { ProtocolResponse } from '../private-kafkajs.js';
import {
  readRecordBatches,
  type AbortedTransaction,
  type Decompress,
  type RecordRun,
} from './record-batches.js';

/** Version of the fetch answer that is read here; kafkajs asks for it of every broker since Kafka 2.3. */
export const KNOWN_FETCH_VERSION = 11;

/** What kafkajs gets instead of a partition's messages: one that stands for all, at the offset of the last. */
export interface RunCarrier {
  readonly offset: string;
  /** No record for readers: kafkajs then goes over it by itself. */
  readonly isControlRecord: boolean;
  readonly key: null;
  readonly run: RecordRun;
}

/** Offset that a fetch asked for. */
export type FetchedFrom = (topic: string, partition: number) => number | undefined;

const decompress: Decompress = (codec, bytes) => {
  const make = kafkajs.CompressionCodecs[codec as 1] as () => { decompress(bytes: Buffer): Promise<Buffer> };
  return make().decompress(bytes);
};

/**
 * Decodes fetch answers (version 11) with records read in place; as kafkajs does where a partition's records are
 * not surely understood.
 */
export function readingInPlace(kafkajsOwn: ProtocolResponse, from: FetchedFrom): ProtocolResponse {
  return {
    decode: async (payload) => (await decodeInPlace(payload, from)) ?? kafkajsOwn.decode(payload),
    parse: (decoded) => kafkajsOwn.parse(decoded),
  };
}

/** Undefined when any of it is not surely understood. */
async function decodeInPlace(payload: Buffer, from: FetchedFrom): Promise<object | undefined> {
  const reader = new Reader(payload);
  const clientSideThrottleTime = reader.int32();
  const errorCode = reader.int16();
  const sessionId = reader.int32();
  const responses: object[] = [];
  for (let topics = reader.int32(); topics > 0; topics -= 1) {
    const topicName = reader.text();
    const partitions: object[] = [];
    for (let left = reader.int32(); left > 0; left -= 1) {
      const partition = reader.int32();
      const head = {
        partition,
        errorCode: reader.int16(),
        highWatermark: String(reader.int64()),
        lastStableOffset: String(reader.int64()),
        lastStartOffset: String(reader.int64()),
      };
      const aborted: AbortedTransaction[] = [];
      for (let each = reader.int32(); each > 0; each -= 1)
        aborted.push({ producerId: reader.int64(), firstOffset: Number(reader.int64()) });
      const preferredReadReplica = reader.int32();
      const records = reader.bytes();
      const messages: RunCarrier[] = [];
      if (records.length > 0) {
        const fetchOffset = from(topicName, partition);
        if (fetchOffset === undefined) return undefined;
        const run = await readRecordBatches(records, fetchOffset, aborted, decompress);
        if (run === undefined) return undefined;
        messages.push({
          offset: String(run.nextOffset - 1),
          isControlRecord: run.count === 0,
          key: null,
          run,
        });
      }
      // Aborted records are left out already.
      partitions.push({ ...head, abortedTransactions: [], preferredReadReplica, messages });
    }
    responses.push({ topicName, partitions });
  }
  // As kafkajs does: the client waits by itself.
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

class Reader {
  private at = 0;

  constructor(private readonly payload: Buffer) {}

  int16(): number {
    const value = this.payload.readInt16BE(this.at);
    this.at += 2;
    return value;
  }

  int32(): number {
    const value = this.payload.readInt32BE(this.at);
    this.at += 4;
    return value;
  }

  int64(): bigint {
    const value = this.payload.readBigInt64BE(this.at);
    this.at += 8;
    return value;
  }

  text(): string {
    const from = this.at + 2;
    this.at = from + this.payload.readInt16BE(this.at);
    return this.payload.toString('utf8', from, this.at);
  }

  bytes(): Buffer {
    const length = Math.max(0, this.int32());
    const from = this.at;
    this.at += length;
    return this.payload.subarray(from, this.at);
  }
}
