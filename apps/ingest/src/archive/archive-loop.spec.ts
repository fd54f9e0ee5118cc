import type { ArchiveAnswer } from '@freshet/ingestion';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { ArchiveLoop } from './archive-loop.js';

const signal = new AbortController().signal;

function loopOf(
  answers: Readonly<Record<string, ArchiveAnswer[]>>,
  { pressure = 0, partition = 0 } = {},
): { loop: ArchiveLoop; asked: string[] } {
  const asked: string[] = [];
  const engine = {
    load: () => ({ pressure }),
    status: () => [{ source: { topic: 'orders', incarnation: 1, partition }, halted: undefined }],
  } as unknown as ConstructorParameters<typeof ArchiveLoop>[0];
  const archivers = Object.entries(answers).map(([metric, all]) => ({
    metric,
    topic: 'orders',
    archiver: {
      pass: () => {
        asked.push(metric);
        const answer = all.shift();
        return answer === undefined ? Promise.reject(new Error('away')) : Promise.resolve(answer);
      },
    },
  }));
  return { loop: new ArchiveLoop(engine, archivers, pino({ level: 'silent' })), asked };
}

describe('archiving beside ingest', () => {
  it('writes or deletes for one metric a look, and goes on with the next one', async () => {
    const { loop, asked } = loopOf({
      a: ['written', 'switched', 'waits'],
      b: ['nothing to do'],
      c: ['deleted', 'waits'],
    });
    await loop.look(signal);
    expect(asked).toEqual(['a']);
    await loop.look(signal);
    expect(asked).toEqual(['a', 'b', 'c']);
    await loop.look(signal);
    // What has nothing to do rests.
    expect(asked).toEqual(['a', 'b', 'c', 'a', 'c']);
  });

  it('goes on with others where one fails, and lets that one rest', async () => {
    const { loop, asked } = loopOf({ a: [], b: ['waits', 'waits'] });
    await loop.look(signal);
    await loop.look(signal);
    expect(asked).toEqual(['a', 'b', 'b']);
  });

  it('leaves it to the owner of the first partition, and reading comes first', async () => {
    for (const state of [{ partition: 1 }, { pressure: 0.9 }]) {
      const { loop, asked } = loopOf({ a: ['written'] }, state);
      await loop.look(signal);
      expect(asked).toEqual([]);
    }
  });
});
