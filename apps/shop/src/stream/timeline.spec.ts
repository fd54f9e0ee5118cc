import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Timeline, type Timed } from './timeline.js';

test('what is added in any order is taken by time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (times) => {
      const timeline = new Timeline<Timed>();
      for (const atMs of times) timeline.add({ atMs });
      const taken: number[] = [];
      for (let next = timeline.take(); next !== undefined; next = timeline.take()) taken.push(next.atMs);
      expect(taken).toEqual([...times].sort((a, b) => a - b));
      expect(timeline.size).toBe(0);
    }),
  );
});
