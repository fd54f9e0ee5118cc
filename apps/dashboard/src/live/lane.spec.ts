import { describe, expect, it } from 'vitest';
import { Lane } from './lane.js';

describe('Lane', () => {
  it('runs no more than allowed, in order, and goes on after a failure', async () => {
    const lane = new Lane(2);
    const ends: ((error?: Error) => void)[] = [];
    const started: number[] = [];
    const all = [0, 1, 2, 3].map((id) =>
      lane
        .run(
          () =>
            new Promise<number>((resolve, reject) => {
              started.push(id);
              ends.push((error) => (error === undefined ? resolve(id) : reject(error)));
            }),
        )
        .catch((error: unknown) => String(error)),
    );
    expect(started).toEqual([0, 1]);
    ends[1]?.(new Error('refused'));
    expect(await all[1]).toBe('Error: refused');
    expect(started).toEqual([0, 1, 2]);
    ends[0]?.();
    await all[0];
    expect(started).toEqual([0, 1, 2, 3]);
    ends[2]?.();
    ends[3]?.();
    expect(await Promise.all(all)).toEqual([0, 'Error: refused', 2, 3]);
  });
});
