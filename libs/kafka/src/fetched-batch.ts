import { RecordValues } from '@freshet/contracts';
import type { FetchedBatch } from '@freshet/ingestion';
import type { Batch, IHeaders, KafkaMessage } from 'kafkajs';

import type { RunCarrier } from './in-place/fetch-answer.js';

/** kafkajs' batch has this, its types do not: where the fetch began. */
interface FetchedFrom {
  readonly fetchedOffset?: string;
}

/** A fetched run of records by columns. `firstOffset` is where the fetch began, `nextOffset` past control records. */
export function toFetchedBatch(batch: Batch, expectedOffset: number): FetchedBatch {
  const { partition, messages } = batch;
  const { fetchedOffset } = batch as FetchedFrom;
  const firstOffset = fetchedOffset === undefined ? expectedOffset : Number(fetchedOffset);
  const { run } = (messages[0] ?? {}) as Partial<RunCarrier>;
  if (run === undefined) return fromMessages(batch, firstOffset);
  const { count, nextOffset, offsets, logTimesMs, values } = run;
  return {
    partition,
    count,
    firstOffset,
    nextOffset,
    offsets,
    logTimesMs,
    values,
    key: (row) => run.key(row),
    headers: (row) => run.headers(row),
  };
}

/** Of messages that kafkajs decoded. */
function fromMessages(batch: Batch, firstOffset: number): FetchedBatch {
  const { messages } = batch;
  const count = messages.length;
  const offsets = new Float64Array(count);
  const logTimesMs = new Float64Array(count);
  for (let row = 0; row < count; row += 1) {
    const message = messages[row]!;
    offsets[row] = Number(message.offset);
    logTimesMs[row] = Number(message.timestamp);
  }
  return {
    partition: batch.partition,
    count,
    firstOffset,
    nextOffset: Number(batch.lastOffset()) + 1,
    offsets,
    logTimesMs,
    values: RecordValues.of(messages.map(({ value }) => value)),
    key: (row) => messages[row]?.key ?? null,
    headers: (row) => headersOf(messages[row]),
  };
}

/** A run without records for readers: control records, aborted transactions. It only moves the position. */
export function skippedRun(partition: number, firstOffset: number, nextOffset: number): FetchedBatch {
  return {
    partition,
    count: 0,
    firstOffset,
    nextOffset,
    offsets: [],
    logTimesMs: [],
    values: RecordValues.of([]),
    key: () => null,
    headers: () => [],
  };
}

function headersOf(message: KafkaMessage | undefined): readonly (readonly [string, Uint8Array])[] {
  return Object.entries(message?.headers ?? ({} as IHeaders)).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((each): (readonly [string, Uint8Array])[] =>
      each === undefined ? [] : [[name, typeof each === 'string' ? Buffer.from(each) : each]],
    ),
  );
}
