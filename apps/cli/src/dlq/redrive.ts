import { setTimeout as delay } from 'node:timers/promises';

import { claimLetters, writeSent, type Redrive } from '@freshet/clickhouse/operations';
import { redriveMessage } from '@freshet/kafka';
import kafkajs from 'kafkajs';

import type { Connections } from '../operations/connections.js';
import type { FoundLetter } from './letters.js';
import { withOriginal } from './original.js';

export interface RedriveRun {
  readonly run: string;
  /** User and machine. */
  readonly by: string;
  /** Messages a second. */
  readonly rate: number;
  readonly signal: AbortSignal;
}

export interface RedriveResult {
  readonly sent: number;
  /** Claimed by another run meanwhile. */
  readonly foreign: number;
  /** Their originals were kept in the store, which does not have them any more. */
  readonly gone: number;
  /** Not begun, because the run was stopped. */
  readonly left: number;
}

const LARGEST_STEP = 500;

/**
 * Sends letters back to their topic and partition, at most `rate` a second, each at most once: claimed in the store
 * before, told there after. What stops in between stays claimed and is not sent again. Rejects when store or broker fail.
 */
export async function sendBack(
  connections: Connections,
  letters: readonly FoundLetter[],
  { run, by, rate, signal }: RedriveRun,
): Promise<RedriveResult> {
  const { store, kafka } = connections;
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  let sent = 0;
  let foreign = 0;
  let gone = 0;
  let done = 0;
  try {
    for (const step of steps(letters, Math.min(LARGEST_STEP, Math.max(1, Math.floor(rate))))) {
      if (signal.aborted) break;
      const startedAt = performance.now();
      const wanted = step.map((letter) => ({ letter, ...recordOf(letter, run, by) }));
      const ours = await claimLetters(store, wanted);
      foreign += wanted.length - ours.length;
      done += wanted.length;
      // One by one: only so does the answer tell which offset each got.
      const acknowledged: Omit<Redrive, 'step' | 'atMs'>[] = [];
      try {
        for (const { letter, ...record } of ours) {
          const whole = await withOriginal(connections, letter);
          if (whole === undefined) {
            gone += 1;
            continue;
          }
          const [answer] = await producer.send({
            topic: letter.source.topic,
            acks: -1,
            messages: [redriveMessage(whole)],
          });
          acknowledged.push({ ...record, sentOffset: Number(answer?.baseOffset ?? -1) });
        }
      } finally {
        await writeSent(store, acknowledged);
        sent += acknowledged.length;
      }
      if (done === letters.length) break;
      const pauseMs = (step.length / rate) * 1_000 - (performance.now() - startedAt);
      if (pauseMs > 0) await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await producer.disconnect();
  }
  return { sent, foreign, gone, left: letters.length - done };
}

function recordOf(
  { source, offset, reason, redrives }: FoundLetter,
  run: string,
  by: string,
): Omit<Redrive, 'step' | 'sentOffset' | 'atMs'> {
  return { source, offset, run, by, reason, redrive: redrives + 1 };
}

/** Runs of letters of one topic each. */
function* steps(letters: readonly FoundLetter[], size: number): Generator<FoundLetter[]> {
  const byTopic = new Map<string, FoundLetter[]>();
  for (const letter of letters) {
    const known = byTopic.get(letter.source.topic);
    if (known === undefined) byTopic.set(letter.source.topic, [letter]);
    else known.push(letter);
  }
  for (const mine of byTopic.values())
    for (let from = 0; from < mine.length; from += size) yield mine.slice(from, from + size);
}
