import { describe, expect, it } from 'vitest';
import { calm } from './calm.js';

describe('calm', () => {
  it('widens at once and narrows only after 30 s', () => {
    const first = calm(undefined, { min: 0, max: 10 }, 0);
    const wider = calm(first, { min: -2, max: 12 }, 1_000);
    expect(wider).toMatchObject({ min: -2, max: 12 });
    const waiting = calm(wider, { min: 0, max: 10 }, 2_000);
    expect(waiting).toMatchObject({ min: -2, max: 12 });
    expect(calm(waiting, { min: 0, max: 10 }, 31_999)).toBe(waiting);
    expect(calm(waiting, { min: 0, max: 10 }, 32_000)).toMatchObject({ min: 0, max: 10 });
  });

  it('forgets the wish to narrow when the width is needed again', () => {
    const waiting = calm({ min: 0, max: 10, narrowSinceMs: null }, { min: 0, max: 5 }, 0);
    const needed = calm(waiting, { min: 0, max: 10 }, 20_000);
    expect(needed.narrowSinceMs).toBeNull();
    expect(calm(needed, { min: 0, max: 10 }, 90_000)).toBe(needed);
  });
});
