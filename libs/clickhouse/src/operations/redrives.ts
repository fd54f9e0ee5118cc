import { type ClickHouseClient } from '@clickhouse/client';
import { type SourcePartition } from '@freshet/ingestion';
import { WRITE_SETTINGS } from '../client.js';
import { readRows } from '../store/read-rows.js';

/** A dead letter goes by the place of its original. */
export interface LetterName {
  readonly source: SourcePartition;
  readonly offset: number;
}

export interface Redrive extends LetterName {
  readonly run: string;
  readonly step: 'claimed' | 'sent';
  readonly by: string;
  readonly reason: string;
  /** How often the message has been redriven, this time included. */
  readonly redrive: number;
  /** Offset that it got in its partition; -1 while that is not known. */
  readonly sentOffset: number;
  readonly atMs: number;
}

/** All redrives of letters of a topic, oldest first. */
export async function readRedrives(client: ClickHouseClient, topic: string): Promise<Redrive[]> {
  const rows = await readRows<{
    incarnation: number;
    partition: number;
    offset: number;
    run: string;
    step: Redrive['step'];
    by: string;
    reason: string;
    redrive: number;
    sent_offset: number;
    at_ms: number;
  }>(
    client,
    `SELECT incarnation, partition, offset, run, step, by, reason, redrive, sent_offset, toUnixTimestamp64Milli(at) AS at_ms
     FROM freshet.redrives_log WHERE topic = {topic: String} ORDER BY at, step`,
    { topic },
  );
  return rows.map(
    ({ incarnation, partition, offset, run, step, by, reason, redrive, sent_offset, at_ms }) => ({
      source: { topic, incarnation, partition },
      offset,
      run,
      step,
      by,
      reason,
      redrive,
      sentOffset: sent_offset,
      atMs: at_ms,
    }),
  );
}

/**
 * Claims letters of one topic for a run; resolves those that are its alone. Claims are stored before they are read
 * back, and one that meets another run's is given up: of two runs at the same moment at most one sends a letter.
 */
export async function claimLetters<Letter extends Omit<Redrive, 'step' | 'sentOffset' | 'atMs'>>(
  client: ClickHouseClient,
  letters: readonly Letter[],
): Promise<Letter[]> {
  const [first] = letters;
  if (first === undefined) return [];
  await insert(
    client,
    letters.map((letter) => ({ ...letter, step: 'claimed', sentOffset: -1 })),
  );
  const foreign = new Set(
    (await readRedrives(client, first.source.topic)).filter(({ run }) => run !== first.run).map(nameOf),
  );
  return letters.filter((letter) => !foreign.has(nameOf(letter)));
}

/** Records that claimed letters were acknowledged by the broker. */
export async function writeSent(
  client: ClickHouseClient,
  letters: readonly Omit<Redrive, 'step' | 'atMs'>[],
): Promise<void> {
  if (letters.length === 0) return;
  await insert(
    client,
    letters.map((letter) => ({ ...letter, step: 'sent' })),
  );
}

async function insert(client: ClickHouseClient, rows: readonly Omit<Redrive, 'atMs'>[]): Promise<void> {
  await client.insert({
    table: 'freshet.redrives_log',
    values: rows.map(({ source, offset, run, step, by, reason, redrive, sentOffset }) => ({
      ...source,
      offset,
      run,
      step,
      by,
      reason,
      redrive,
      sent_offset: sentOffset,
    })),
    format: 'JSONEachRow',
    clickhouse_settings: WRITE_SETTINGS,
  });
}

function nameOf({ source, offset }: LetterName): string {
  return `${source.topic}/${source.incarnation}/${source.partition}/${offset}`;
}
