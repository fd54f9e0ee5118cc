import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';

import type kafkajs from 'kafkajs';
import lz4 from 'lz4js';
import snappy from 'snappyjs';
import { describe, expect, it } from 'vitest';

import { registerCodecs } from '../codecs.js';
import { readingInPlace, type RunCarrier } from './fetch-answer.js';
import type { RecordRun } from './record-batches.js';

/** The slow twin: kafkajs' own decoding, and what its consumer leaves out of it. */
const load = createRequire(import.meta.url);
const twin = load('kafkajs/src/protocol/requests/fetch/v11/response.js') as {
  decode(payload: Buffer): Promise<Answer<object>>;
  parse(decoded: object): Promise<object>;
};
const Batch = load('kafkajs/src/consumer/batch.js') as new (
  topic: string,
  fetchedOffset: string,
  partition: object,
) => kafkajs.Batch;
interface Answer<Message> {
  readonly responses: {
    readonly topicName: string;
    readonly partitions: { readonly partition: number; readonly messages: Message[] }[];
  }[];
}

interface Line {
  readonly offset: number;
  readonly logTimeMs: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly string[];
}

registerCodecs();

const CODECS: Record<string, { code: number; compress: (plain: Buffer) => Uint8Array }> = {
  plain: { code: 0, compress: (plain) => plain },
  gzip: { code: 1, compress: (plain) => gzipSync(plain) },
  snappy: { code: 2, compress: (plain) => snappy.compress(plain) },
  lz4: { code: 3, compress: (plain) => lz4.compress(plain) },
  zstd: { code: 4, compress: zstdFrame },
};
const APPEND_TIME = 8;
const TRANSACTIONAL = 16;
const CONTROL = 32;

describe.each(Object.keys(CODECS))('record batches, %s', (codec) => {
  it('are read as kafkajs reads them: keys, headers, nulls, times of producer and broker', async () => {
    await expectSame(
      Buffer.concat([
        batch({ codec, base: 7, records: sample(40) }),
        batch({ codec, base: 47, records: sample(3), flags: APPEND_TIME }),
        batch({ codec, base: 3_000_000_000, records: sample(200) }),
      ]),
      { rows: 243, next: 3_000_000_200 },
    );
  });

  it('begin in the middle of a batch', async () => {
    const bytes = batch({ codec, base: 100, records: sample(20) });
    await expectSame(bytes, { from: 110, rows: 10, next: 120 });
  });

  it('leave out control records and what was aborted, of producers that take turns', async () => {
    const own = (producer: bigint, base: number, count: number) =>
      batch({ codec, base, records: sample(count), flags: TRANSACTIONAL, producer });
    const bytes = Buffer.concat([
      own(1n, 0, 3), // aborted at 6
      own(2n, 3, 2), // kept
      batch({ codec, base: 5, records: sample(1) }), // no transaction
      marker(6, 1n, 'abort'),
      own(1n, 7, 2), // kept
      marker(9, 2n, 'commit'),
      own(2n, 10, 4), // aborted at 15
      marker(14, 1n, 'commit'),
      marker(15, 2n, 'abort'),
    ]);
    const aborted = [
      { producer: 1n, first: 0 },
      { producer: 2n, first: 10 },
    ];
    await expectSame(bytes, { aborted, rows: 5, next: 16 });
    // The broker tells of those alone that reach into what was asked for.
    await expectSame(bytes, { aborted: aborted.slice(1), from: 8, rows: 1, next: 16 });
  });

  it('are read up to where the answer was cut off, wherever that is', async () => {
    const first = batch({ codec, base: 0, records: sample(4) });
    const bytes = Buffer.concat([first, batch({ codec, base: 4, records: sample(4) })]);
    for (let length = first.length; length < bytes.length; length += 7)
      await expectSame(bytes.subarray(0, length), { rows: 4, next: 4 });
  });
});

describe('what is not surely understood', () => {
  it('is left to kafkajs', async () => {
    const bytes = batch({ codec: 'plain', base: 0, records: sample(4) });
    const broken = [
      Object.assign(Buffer.from(bytes), { 16: 1 }), // an older layout
      Object.assign(Buffer.from(bytes), { 22: 6 }), // an unknown codec
      Object.assign(Buffer.from(bytes), { 61: 0x7e }), // a record that is longer than its batch
      bytes.subarray(0, bytes.length - 1), // no whole batch
    ];
    for (const each of broken) {
      let asked = 0;
      const decode = (): Promise<object> => Promise.resolve({ asked: (asked += 1) });
      await readingInPlace({ ...twin, decode }, () => 0).decode(answer(each, []));
      expect(asked).toBe(1);
    }
  });
});

async function expectSame(
  bytes: Buffer,
  wanted: {
    readonly from?: number;
    readonly rows: number;
    readonly next: number;
    readonly aborted?: readonly { producer: bigint; first: number }[];
  },
): Promise<void> {
  const { from = 0, aborted = [] } = wanted;
  const payload = answer(bytes, aborted);
  const decoded = (await readingInPlace(twin, () => from).decode(payload)) as Answer<RunCarrier>;
  const run = decoded.responses[0]!.partitions[0]!.messages[0]!.run;
  const theirs = (await twin.decode(payload)).responses[0]!.partitions[0]!;
  const batchOfTwin = new Batch('topic', String(from), theirs);
  expect(linesOf(run)).toEqual(batchOfTwin.messages.map(lineOf));
  expect(run.nextOffset).toBe(Number(batchOfTwin.lastOffset()) + 1);
  expect([run.count, run.values.starts.length, run.offsets.length]).toEqual([
    wanted.rows,
    wanted.rows,
    wanted.rows,
  ]);
  expect(run.nextOffset).toBe(wanted.next);
}

function linesOf(run: RecordRun): Line[] {
  return Array.from({ length: run.count }, (_, row) => ({
    offset: run.offsets[row]!,
    logTimeMs: run.logTimesMs[row]!,
    key: textOf(run.key(row)),
    value: textOf(run.values.at(row)),
    headers: run.headers(row).map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`),
  }));
}

function lineOf({ offset, timestamp, key, value, headers = {} }: kafkajs.KafkaMessage): Line {
  return {
    offset: Number(offset),
    logTimeMs: Number(timestamp),
    key: textOf(key),
    value: textOf(value),
    headers: Object.entries(headers).flatMap(([name, values]) =>
      [values ?? []].flat().map((each) => `${name}=${Buffer.from(each).toString('hex')}`),
    ),
  };
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString();
}

interface Plain {
  readonly timeDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [string, Buffer])[];
}

/** One raw block of at most 128 KiB, the only kind that needs no compressor (RFC 8878). */
function zstdFrame(plain: Buffer): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(plain.length, 5);
  head.writeUIntLE((plain.length << 3) | 1, 9, 3);
  return Buffer.concat([head, plain]);
}

function sample(count: number): Plain[] {
  return Array.from({ length: count }, (_, index) => ({
    timeDelta: index % 7 === 0 ? -index : index * 40_000_000,
    key: index % 3 === 0 ? null : Buffer.from(`key-${index}`),
    value: index % 5 === 4 ? null : Buffer.from(`{"n":${index},"text":"${'é'.repeat(index * 3)}"}`),
    headers:
      index % 4 === 1
        ? [
            ['trace', Buffer.from([index])],
            ['trace', Buffer.from('again')],
            ['empty', Buffer.alloc(0)],
          ]
        : [],
  }));
}

function batch({
  codec,
  base,
  records,
  flags = 0,
  producer = -1n,
}: {
  readonly codec: string;
  readonly base: number;
  readonly records: readonly Plain[];
  readonly flags?: number;
  readonly producer?: bigint;
}): Buffer {
  const { code, compress } = CODECS[codec]!;
  const plain = Buffer.concat(records.map((record, index) => recordBytes(record, index)));
  const head = Buffer.alloc(61);
  const body = code === 0 ? plain : compress(plain);
  head.writeBigInt64BE(BigInt(base), 0);
  head.writeInt32BE(49 + body.length, 8);
  head.writeInt8(2, 16);
  head.writeInt16BE(code | flags, 21);
  head.writeInt32BE(records.length - 1, 23);
  head.writeBigInt64BE(1_700_000_000_000n, 27);
  head.writeBigInt64BE(1_700_000_000_999n, 35);
  head.writeBigInt64BE(producer, 43);
  head.writeInt32BE(records.length, 57);
  return Buffer.concat([head, body]);
}

function marker(base: number, producer: bigint, kind: 'abort' | 'commit'): Buffer {
  const record = {
    timeDelta: 0,
    key: Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1]),
    value: Buffer.alloc(6),
    headers: [],
  };
  return batch({ codec: 'plain', base, records: [record], flags: TRANSACTIONAL | CONTROL, producer });
}

function recordBytes({ timeDelta, key, value, headers }: Plain, offsetDelta: number): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(timeDelta),
    varint(offsetDelta),
    sized(key),
    sized(value),
    varint(headers.length),
    ...headers.flatMap(([name, content]) => [sized(Buffer.from(name)), sized(content)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function sized(bytes: Buffer | null): Buffer {
  return bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value >= 0 ? BigInt(value) * 2n : BigInt(-value) * 2n - 1n;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** A whole answer for partition 0 of `topic`. */
function answer(records: Buffer, aborted: readonly { producer: bigint; first: number }[]): Buffer {
  return Buffer.concat([
    int32(0), // throttle time
    Buffer.alloc(2), // error
    int32(0), // session
    int32(1),
    Buffer.from([0, 5]),
    Buffer.from('topic'),
    int32(1),
    int32(0), // partition
    Buffer.alloc(2), // error
    int64(5_000n), // high watermark
    int64(5_000n), // last stable offset
    int64(0n), // log start
    int32(aborted.length),
    ...aborted.flatMap(({ producer, first }) => [int64(producer), int64(BigInt(first))]),
    int32(-1), // preferred replica
    int32(records.length),
    records,
  ]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
